package resources

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// Endpoint reads and writes objects of one kind by name, or one of their subresources. S is the
// type of the exchanged objects: for the scale subresource it is Scale.
type Endpoint[S any] struct{ requester }

// Raw returns the endpoint of the objects themselves as JSON documents.
func Raw[T any](api *API[T]) Endpoint[jsontext.Value] {
	return Endpoint[jsontext.Value]{api.requester}
}

// Sub returns the endpoint of a subresource. It does not check that the kind has that subresource:
// the functions of package subresource do.
//
// A path may follow the subresource's name, such as "proxy/metrics" of a node or of a pod. The name
// of the pod may then hold a port, as in "web-0:8080".
func Sub[S, T any](api *API[T], subresource string) Endpoint[S] {
	e := api.requester
	e.subresource, e.metadataOnly = subresource, false
	return Endpoint[S]{e}
}

// Client returns the client that sends the requests.
func (r requester) Client() *transport.Client { return r.client }

// Kind returns the kind of the objects.
func (r requester) Kind() Kind { return r.kind }

// Namespace returns the namespace of the calls. It is "" for all namespaces.
func (r requester) Namespace() string { return r.namespace }

// Get reads one object. If it does not exist, the error matches transport.ErrNotFound.
func (r Endpoint[S]) Get(ctx context.Context, name string, opts ...GetOption) (*S, error) {
	object := new(S)
	return orNil(object, r.get(ctx, name, object, opts))
}

// Create sends object to the endpoint of the object called name by POST, and returns the answer.
// Subresources that are actions work so, such as the token of a service account, whose objects are
// TokenRequests (authentication.k8s.io/v1).
//
// On the endpoint of the objects themselves it fails with transport.ErrMethodNotAllowed: API.Create
// stores a new object.
func (e Endpoint[S]) Create(ctx context.Context, name string, object *S, opts ...CreateOption) (*S,
	error) {
	answer := new(S)
	return orNil(answer, e.create(ctx, object, answer, opts, name))
}

// Replace replaces the object called name. If object has a resourceVersion and the stored object
// has changed since, the error matches transport.ErrConflict. Replace adds kind and apiVersion to
// what it sends, and fails with a *WrongKindError, like Create.
func (e Endpoint[S]) Replace(ctx context.Context, name string, object *S, opts ...UpdateOption) (*S,
	error) {
	stored := new(S)
	return orNil(stored, e.replace(ctx, name, object, stored, opts))
}

// Encode returns the body with which Replace would send object: its JSON with kind and apiVersion.
// It fails with a *WrongKindError if the object is of another kind.
func (e Endpoint[S]) Encode(name string, object *S) ([]byte, error) {
	return e.encodeObject(object, name)
}

// ReplaceRaw is Replace with a JSON document, which is sent unchanged.
func (e Endpoint[S]) ReplaceRaw(ctx context.Context, name string, document []byte,
	opts ...UpdateOption) (*S, error) {
	stored := new(S)
	return orNil(stored, e.replace(ctx, name, jsontext.Value(document), stored, opts))
}

// Patch is a change to an object. Package patch makes patches. A program that sends none does not
// link that package, because this is an interface.
type Patch interface {
	// ContentType returns the media type, which tells the server the kind of patch.
	ContentType() string
	// Encode returns the body, or the error that was made when the patch was built.
	Encode() ([]byte, error)
}

// Patch changes the object called name. It fails before anything is sent
//
//   - if the patch was built with an error;
//   - with Force, if the patch is not patch.Apply;
//   - without a field manager, if the patch is patch.Apply.
func (e Endpoint[S]) Patch(ctx context.Context, name string, p Patch, opts ...PatchOption) (*S,
	error) {
	stored := new(S)
	return orNil(stored, e.patch(ctx, name, p, stored, opts))
}

// CheckPatch returns the error with which Patch would fail before it sends anything.
func (r requester) CheckPatch(p Patch, opts ...PatchOption) error {
	_, _, err := r.preparePatch(p, opts)
	return err
}

// Connect opens a WebSocket at the endpoint of the object called name. It sends the parameters of
// query and offers protocols. The connection lives until ctx ends or the caller closes it. It fails
// with the errors of transport.Client.Upgrade.
func (r requester) Connect(ctx context.Context, name string, query url.Values, protocols []string,
	opts ...GetOption) (*transport.WebSocket, error) {
	req, err := r.getRequest(name, query, opts)
	if err != nil {
		return nil, err
	}
	return r.client.Upgrade(ctx, req, protocols...)
}

// Open reads the endpoint of the object called name as the server sends it, such as the text of a
// log. The caller must close the reader.
func (r requester) Open(ctx context.Context, name string, query url.Values,
	opts ...GetOption) (io.ReadCloser, error) {
	resp, err := r.OpenResponse(ctx, name, query, opts...)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// OpenResponse is Open with the headers of the answer. The caller must close the body.
func (r requester) OpenResponse(ctx context.Context, name string, query url.Values,
	opts ...GetOption) (*transport.Response, error) {
	req, err := r.getRequest(name, query, opts)
	if err != nil {
		return nil, err
	}
	req.Accept, req.Stream = "*/*", true
	return r.client.Do(ctx, req)
}

func (r requester) getRequest(name string, query url.Values, opts []GetOption) (*transport.Request,
	error) {
	var s options
	for _, o := range opts {
		o.applyGet(&s)
	}
	req := &transport.Request{Method: http.MethodGet, Query: query}
	return req, r.complete(&s, req, name)
}

// orNil returns object, or nil if err is not nil.
func orNil[S any](object *S, err error) (*S, error) {
	if err != nil {
		return nil, err
	}
	return object, nil
}
