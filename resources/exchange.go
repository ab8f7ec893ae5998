package resources

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// requester builds and sends the requests of Endpoint and API. It decodes answers into pointers, so
// that the compiler makes one copy of its code and not one for each type parameter.
type requester struct {
	client      *transport.Client
	kind        Kind
	namespace   string // empty for all namespaces
	subresource string // empty for the objects themselves
}

// applyType is the media type of server-side apply.
const applyType = "application/apply-patch+yaml"

func (e requester) get(ctx context.Context, accept, name string, into any, opts []GetOption) error {
	var s options
	for _, o := range opts {
		o.applyGet(&s)
	}
	return e.exchange(ctx, &s, &transport.Request{Method: http.MethodGet, Accept: accept}, into,
		name)
}

func (e requester) create(ctx context.Context, object, into any, opts []CreateOption) error {
	var s options
	for _, o := range opts {
		o.applyCreate(&s)
	}
	body, err := e.encode(object)
	if err != nil {
		return err
	}
	return e.exchange(ctx, &s, &transport.Request{Method: http.MethodPost,
		ContentType: "application/json", Body: body}, into)
}

func (e requester) replace(ctx context.Context, name string, object, into any,
	opts []UpdateOption) error {
	var s options
	for _, o := range opts {
		o.applyUpdate(&s)
	}
	body, err := e.encode(object)
	if err != nil {
		return err
	}
	return e.exchange(ctx, &s, &transport.Request{Method: http.MethodPut,
		ContentType: "application/json", Body: body}, into, name)
}

func (e requester) patch(ctx context.Context, name string, p Patch, into any,
	opts []PatchOption) error {
	s, body, err := e.preparePatch(p, opts)
	if err != nil {
		return err
	}
	return e.exchange(ctx, s, &transport.Request{
		Method: http.MethodPatch, ContentType: p.ContentType(), Body: body,
		Idempotent: p.ContentType() == applyType, // apply states the result
	}, into, name)
}

func (e requester) preparePatch(p Patch, opts []PatchOption) (*options, []byte, error) {
	if p == nil {
		return nil, nil, fmt.Errorf("patch %s: the patch is nil", e.describe())
	}
	body, err := p.Encode()
	if err != nil {
		return nil, nil, err
	}
	var s options
	for _, o := range opts {
		o.applyPatch(&s)
	}
	return &s, body, s.checkPatch(p.ContentType())
}

// errAlreadyDeleted reports that the object was gone at once, so that there is none to decode.
var errAlreadyDeleted = errors.New("gone")

func (e requester) remove(ctx context.Context, name string, into any, opts []DeleteOption) error {
	var s options
	for _, o := range opts {
		o.applyDelete(&s)
	}
	req := &transport.Request{Method: http.MethodDelete}
	if s.removal != nil {
		body, err := e.encode(s.removal)
		if err != nil {
			return err
		}
		req.ContentType, req.Body = "application/json", body
	}
	body, err := e.fetch(ctx, &s, req, name)
	if err != nil {
		return err
	}
	var answer struct {
		Kind string `json:"kind"`
	}
	if json.Unmarshal(body, &answer) == nil && answer.Kind == "Status" {
		return errAlreadyDeleted
	}
	return e.decode(req.Method, body, into, name)
}

func (e requester) list(ctx context.Context, accept string, list ListOptions, into any,
	opts []ListOption) error {
	var s options
	for _, o := range opts {
		o.applyList(&s)
	}
	return e.exchange(ctx, &s, &transport.Request{Method: http.MethodGet, Accept: accept,
		Query: list.query()}, into)
}

// exchange completes req, sends it and decodes the answer.
func (e requester) exchange(ctx context.Context, s *options, req *transport.Request, into any,
	name ...string) error {
	body, err := e.fetch(ctx, s, req, name...)
	if err != nil {
		return err
	}
	return e.decode(req.Method, body, into, name...)
}

func (e requester) fetch(ctx context.Context, s *options, req *transport.Request,
	name ...string) ([]byte, error) {
	if err := e.complete(s, req, name...); err != nil {
		return nil, err
	}
	return e.client.Fetch(ctx, req)
}

// complete fills in path, query and time limit.
func (e requester) complete(s *options, req *transport.Request, name ...string) error {
	if err := s.check(); err != nil {
		return err
	}
	namespace := e.namespace
	if s.namespace != nil {
		namespace = *s.namespace
	}
	if namespace == "" && e.kind.Namespaced && (len(name) > 0 || req.Method == http.MethodPost) {
		return &OptionError{"InNamespace",
			fmt.Sprintf("%s live in a namespace: name one to %s a single object", e.kind,
				req.Method)}
	}
	req.Path = append(e.kind.path(namespace), name...)
	if len(name) > 0 && e.subresource != "" {
		req.Path = append(req.Path, e.subresource)
	}
	if req.Query == nil {
		req.Query = url.Values{}
	}
	for key, values := range s.params {
		req.Query[key] = values
	}
	if req.Accept == tableType {
		req.Query.Set("includeObject", "None")
		if namespace == "" && e.kind.Namespaced {
			req.Query.Set("includeObject", "Metadata") // the server's rows lack the namespace
		}
	}
	req.Timeout = s.timeout
	req.Idempotent = req.Idempotent || s.dryRun
	return nil
}

// path returns the segments of the kind's URL, in a namespace or, if that is empty, in all.
func (k Kind) path(namespace string) []string {
	path := []string{"apis", k.Group, k.Version}
	if k.Group == "" {
		path = []string{"api", k.Version}
	}
	if k.Namespaced && namespace != "" {
		path = append(path, "namespaces", namespace)
	}
	return append(path, k.Resource)
}

// encode returns object as JSON. A jsontext.Value stays unchanged.
func (e requester) encode(object any) ([]byte, error) {
	if document, ok := object.(jsontext.Value); ok {
		return document, nil
	}
	body, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("write %s: the object cannot be encoded: %w", e.describe(), err)
	}
	if string(body) == "null" {
		return nil, fmt.Errorf("write %s: the object is nil", e.describe())
	}
	return body, nil
}

// decode decodes the answer, which is always an object. If the answer to a write cannot be decoded,
// the outcome of that write is unknown.
func (e requester) decode(method string, body []byte, into any, name ...string) error {
	err := json.Unmarshal(body, into)
	if err == nil && jsontext.Value(body).Kind() == '{' {
		return nil
	}
	if err == nil {
		err = errors.New("it is not a JSON object")
	}
	if method == http.MethodGet {
		return fmt.Errorf(
			"%s %s: the answer cannot be read: %w; a proxy may have answered in the API server's place", method, e.describe(name...), err)
	}
	return fmt.Errorf(
		"%s %s: the answer cannot be read: %w; a proxy may have answered in the API server's place, and %w", method, e.describe(name...), err, transport.ErrOutcomeUnknown)
}

// describe names the target of a request in a message, such as "pods/ephemeralcontainers web-0".
func (e requester) describe(name ...string) string {
	s := e.kind.String()
	if e.subresource != "" {
		s += "/" + e.subresource
	}
	for _, n := range name {
		s += " " + n
	}
	return s
}
