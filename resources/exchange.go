package resources

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

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
	// metadataOnly makes the server answer with PartialObjectMetadata.
	metadataOnly bool
}

// applyType is the media type of server-side apply.
const applyType = "application/apply-patch+yaml"

func (r requester) get(ctx context.Context, name string, into any, opts []GetOption) error {
	var s options
	for _, o := range opts {
		o.applyGet(&s)
	}
	return r.exchange(ctx, &s, &transport.Request{Method: http.MethodGet}, into, name)
}

func (r requester) create(ctx context.Context, object, into any, opts []CreateOption,
	name ...string) error {
	var s options
	for _, o := range opts {
		o.applyCreate(&s)
	}
	body, err := r.encodeObject(object)
	if err != nil {
		return err
	}
	return r.exchange(ctx, &s, &transport.Request{Method: http.MethodPost,
		ContentType: "application/json", Body: body}, into, name...)
}

func (r requester) replace(ctx context.Context, name string, object, into any,
	opts []UpdateOption) error {
	var s options
	for _, o := range opts {
		o.applyUpdate(&s)
	}
	body, err := r.encodeObject(object, name)
	if err != nil {
		return err
	}
	return r.exchange(ctx, &s, &transport.Request{Method: http.MethodPut,
		ContentType: "application/json", Body: body}, into, name)
}

func (r requester) patch(ctx context.Context, name string, p Patch, into any,
	opts []PatchOption) error {
	s, body, err := r.preparePatch(p, opts)
	if err != nil {
		return err
	}
	err = r.exchange(ctx, s, &transport.Request{
		Method: http.MethodPatch, ContentType: p.ContentType(), Body: body,
		Idempotent: p.ContentType() == applyType, // a second apply changes nothing
	}, into, name)
	if errors.Is(err, transport.ErrInvalid) {
		return r.explainPatch(ctx, s, name, p, err)
	}
	return err
}

func (r requester) preparePatch(p Patch, opts []PatchOption) (*options, []byte, error) {
	if p == nil {
		return nil, nil, fmt.Errorf("patch %s: the patch is nil", r.describe())
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

// errAlreadyDeleted reports that the server has already deleted the object: the answer is a Status.
var errAlreadyDeleted = errors.New("already deleted")

func (r requester) delete(ctx context.Context, name string, into any, opts []DeleteOption) error {
	var s options
	for _, o := range opts {
		o.applyDelete(&s)
	}
	req := &transport.Request{Method: http.MethodDelete}
	if s.deletion != nil {
		body, err := r.encode(s.deletion)
		if err != nil {
			return err
		}
		req.ContentType, req.Body = "application/json", body
	}
	body, err := r.fetch(ctx, &s, req, name)
	if err != nil {
		return err
	}
	q := r.ask(&s, req, []string{name})
	head, err := headOf(body)
	if err == nil && head.kind.value == statusKind {
		return q.deleted(statusOf(body), body)
	}
	return q.decode(body, into)
}

// exchange completes req, sends it and decodes the answer.
func (r requester) exchange(ctx context.Context, s *options, req *transport.Request, into any,
	name ...string) error {
	body, err := r.fetch(ctx, s, req, name...)
	if err != nil {
		return err
	}
	return r.ask(s, req, name).decode(body, into)
}

func (r requester) fetch(ctx context.Context, s *options, req *transport.Request,
	name ...string) ([]byte, error) {
	if err := r.complete(s, req, name...); err != nil {
		return nil, err
	}
	return r.client.Fetch(ctx, req)
}

// complete fills in path, query and time limit.
func (r requester) complete(s *options, req *transport.Request, name ...string) error {
	if err := s.check(); err != nil {
		return err
	}
	namespace := r.namespace
	if s.namespace != nil {
		namespace = *s.namespace
	}
	if namespace == "" && r.kind.Namespaced && (len(name) > 0 || req.Method == http.MethodPost) {
		return &OptionError{"InNamespace",
			fmt.Sprintf("%s live in a namespace: set InNamespace to read or write a single object",
				r.kind)}
	}
	req.Path = append(r.kind.path(namespace), name...)
	if len(name) > 0 && r.subresource != "" {
		for segment := range strings.SplitSeq(r.subresource, "/") {
			req.Path = append(req.Path, segment)
		}
	}
	if req.Query == nil {
		req.Query = url.Values{}
	}
	for key, values := range s.params {
		req.Query[key] = values
	}
	if r.metadataOnly && req.Accept == "" {
		req.Accept = metadataType
		isList := req.Method == http.MethodGet && len(name) == 0
		if isList && !req.Stream {
			req.Accept = metadataListType
		}
	}
	if req.Accept == tableType && !req.Query.Has("includeObject") {
		req.Query.Set("includeObject", "None")
		if namespace == "" && r.kind.Namespaced {
			req.Query.Set("includeObject", "Metadata") // the server's rows lack the namespace
		}
	}
	req.Timeout, req.Dedicated = s.timeout, s.dedicated
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

// encodeObject returns the object of a write as JSON, with its kind and apiVersion. A
// jsontext.Value stays unchanged.
func (r requester) encodeObject(object any, name ...string) ([]byte, error) {
	isDocument := false
	switch object.(type) {
	case jsontext.Value, *jsontext.Value:
		isDocument = true
	}
	if r.metadataOnly && !isDocument {
		return nil, fmt.Errorf("write %s: %w", r.describe(name...), ErrMetadataOnly)
	}
	body, err := r.encode(object)
	if isDocument || err != nil {
		return body, err
	}
	return r.withTypeMeta(body, name...)
}

// encode returns object as JSON. A jsontext.Value stays unchanged.
func (r requester) encode(object any) ([]byte, error) {
	if document, ok := object.(jsontext.Value); ok {
		return document, nil
	}
	body, err := json.Marshal(object, deterministic)
	if err != nil {
		return nil, fmt.Errorf("write %s: the object cannot be encoded: %w", r.describe(), err)
	}
	if string(body) == "null" {
		return nil, fmt.Errorf("write %s: the object is nil", r.describe())
	}
	return body, nil
}

// describe names the target of a request in a message, such as "pods/ephemeralcontainers web-0".
//
//go:noinline // a copy in each error would only make programs larger
func (r requester) describe(name ...string) string {
	s := r.kind.String()
	if r.subresource != "" {
		s += "/" + r.subresource
	}
	for _, n := range name {
		s += " " + n
	}
	return s
}
