package resources

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// Endpoint is where objects of one kind are read and written by name: the kind's own or that of a subresource.
// S is the type of what is exchanged there, which for scale is not the kind itself.
type Endpoint[S any] struct{ endpoint }

// Raw returns the endpoint of the objects themselves, which come as JSON documents.
func Raw[T any](api *API[T]) Endpoint[jsontext.Value] { return Endpoint[jsontext.Value]{api.endpoint} }

// Sub returns the endpoint of a subresource. It does not check that the kind has that subresource:
// the functions of package subresource do.
func Sub[S, T any](api *API[T], subresource string) Endpoint[S] {
	e := api.endpoint
	e.subresource = subresource
	return Endpoint[S]{e}
}

// Client gives the client that the requests go through.
func (e endpoint) Client() *transport.Client { return e.client }

// Kind gives the kind of the objects.
func (e endpoint) Kind() Kind { return e.kind }

// Get reads one object. A missing one is an error that matches transport.ErrNotFound.
func (e Endpoint[S]) Get(ctx context.Context, name string, opts ...GetOption) (*S, error) {
	object := new(S)
	return answer(object, e.get(ctx, "", name, object, opts))
}

// Replace stores object in place of the one called name. When object has a resourceVersion and the stored one has changed since,
// the error matches transport.ErrConflict.
func (e Endpoint[S]) Replace(ctx context.Context, name string, object *S, opts ...UpdateOption) (*S, error) {
	stored := new(S)
	return answer(stored, e.replace(ctx, name, object, stored, opts))
}

// ReplaceRaw is Replace with a JSON document that is sent as it is.
func (e Endpoint[S]) ReplaceRaw(ctx context.Context, name string, document []byte, opts ...UpdateOption) (*S, error) {
	stored := new(S)
	return answer(stored, e.replace(ctx, name, jsontext.Value(document), stored, opts))
}

// Patch is a change to an object, as package patch makes them. It is an interface so that a program which sends none does not link that package.
type Patch interface {
	// ContentType gives the media type, by which the server knows the kind of patch.
	ContentType() string
	// Encode gives the body, or the mistake that was made when the patch was built.
	Encode() ([]byte, error)
}

// Patch changes the object called name. The patch's own mistakes, Force with another patch than patch.Apply, and that one without a field manager
// are errors before anything is sent.
func (e Endpoint[S]) Patch(ctx context.Context, name string, p Patch, opts ...PatchOption) (*S, error) {
	stored := new(S)
	return answer(stored, e.patch(ctx, name, p, stored, opts))
}

// CheckPatch gives the error that Patch with the same arguments would give before anything is sent.
func (e endpoint) CheckPatch(p Patch, opts ...PatchOption) error {
	_, _, err := e.preparePatch(p, opts)
	return err
}

// Connect opens the endpoint of the object called name as a WebSocket, with the parameters of query, offering protocols.
// The connection lives until ctx ends or it is closed. The errors are those of transport.Client.Upgrade.
func (e endpoint) Connect(ctx context.Context, name string, query url.Values, protocols []string, opts ...GetOption) (*transport.WebSocket, error) {
	req, err := e.named(name, query, opts)
	if err != nil {
		return nil, err
	}
	return e.client.Upgrade(ctx, req, protocols...)
}

// Open reads what the endpoint of the object called name has to say, as the server sends it; for a log that is text. The reader must be closed.
func (e endpoint) Open(ctx context.Context, name string, query url.Values, opts ...GetOption) (io.ReadCloser, error) {
	req, err := e.named(name, query, opts)
	if err != nil {
		return nil, err
	}
	req.Accept, req.Stream = "*/*", true
	resp, err := e.client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (e endpoint) named(name string, query url.Values, opts []GetOption) (*transport.Request, error) {
	var s options
	for _, o := range opts {
		o.applyGet(&s)
	}
	req := &transport.Request{Method: http.MethodGet, Query: query}
	return req, e.complete(&s, req, name)
}

// answer gives object, or nil after an error.
func answer[S any](object *S, err error) (*S, error) {
	if err != nil {
		return nil, err
	}
	return object, nil
}
