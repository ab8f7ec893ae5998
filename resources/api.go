package resources

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// API is the calls on the objects of one kind, in one namespace or in all. It is a small value and safe for use by several goroutines.
type API[T any] struct{ Endpoint[T] }

type apiSettings struct{ namespace string }

type allNamespaces struct{}

func (allNamespaces) applyAPI(s *apiSettings) { s.namespace = "" }

// AllNamespaces makes lists and watches go over all namespaces. Calls on a single object then need InNamespace,
// but for those that take an object which names its own.
func AllNamespaces() APIOption { return allNamespaces{} }

// New gives the calls on the kind that T is, in the namespace of the client's configuration unless an option says otherwise.
func New[T any, P interface {
	*T
	Model
}](client *transport.Client, opts ...APIOption) *API[T] {
	// P(nil).APIKind() would be the same, and link T with all the types below it even where no call decodes one.
	return &API[T]{Endpoint[T]{newEndpoint(client, P.APIKind(nil), opts)}}
}

// ForKind gives the calls on a kind that is known by its name only, such as one found by Discover.
func ForKind(client *transport.Client, kind Kind, opts ...APIOption) *API[Object] {
	return &API[Object]{Endpoint[Object]{newEndpoint(client, kind, opts)}}
}

// As gives the same calls with objects of another type: an Object, or a PodOutline in place of a Pod, for who looks at a few members
// and hands on the rest as it came.
func As[S any, P interface {
	*S
	Meta() *ObjectMeta
}, T any](api *API[T]) *API[S] {
	return &API[S]{Endpoint[S]{api.endpoint}}
}

func newEndpoint(client *transport.Client, kind Kind, opts []APIOption) endpoint {
	s := apiSettings{namespace: client.Namespace()}
	for _, o := range opts {
		o.applyAPI(&s)
	}
	return endpoint{client: client, kind: kind, namespace: s.namespace}
}

// metaOf gives the metadata of what an API has to do with: New and As see to it that there is some.
func metaOf(object any) *ObjectMeta { return object.(interface{ Meta() *ObjectMeta }).Meta() }

// Create stores a new object. One of the same name is an error that matches transport.ErrAlreadyExists.
func (a *API[T]) Create(ctx context.Context, object *T, opts ...CreateOption) (*T, error) {
	if a.namespace == "" && object != nil {
		opts = append([]CreateOption{InNamespace(metaOf(object).Namespace)}, opts...)
	}
	stored := new(T)
	return answer(stored, a.create(ctx, object, stored, opts))
}

// CreateRaw is Create with a JSON document that is sent as it is.
func (a *API[T]) CreateRaw(ctx context.Context, document []byte, opts ...CreateOption) (*T, error) {
	stored := new(T)
	return answer(stored, a.create(ctx, jsontext.Value(document), stored, opts))
}

// Update stores object in place of the one that has its name. When object has a resourceVersion and the stored one has changed since,
// the error matches transport.ErrConflict.
func (a *API[T]) Update(ctx context.Context, object *T, opts ...UpdateOption) (*T, error) {
	if object == nil {
		return nil, errors.New("update " + a.describe() + ": the object is nil")
	}
	meta := metaOf(object)
	if a.namespace == "" {
		opts = append([]UpdateOption{InNamespace(meta.Namespace)}, opts...)
	}
	return a.Replace(ctx, meta.Name, object, opts...)
}

// Delete asks the server to delete the object called name. It gives the object as it is while it ends, or nil when it is gone at once.
func (a *API[T]) Delete(ctx context.Context, name string, opts ...DeleteOption) (*T, error) {
	object := new(T)
	err := a.remove(ctx, name, object, opts)
	if err == errGone {
		return nil, nil
	}
	return answer(object, err)
}
