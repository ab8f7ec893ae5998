package resources

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// API calls the API server for objects of one kind, in one namespace or in all. It is a small
// value. Several goroutines may use it at once.
type API[T any] struct{ Endpoint[T] }

type apiSettings struct{ namespace string }

type allNamespacesOption struct{}

func (allNamespacesOption) applyAPI(s *apiSettings) { s.namespace = "" }

// AllNamespaces makes lists and watches cover all namespaces. Calls for a single object then need
// InNamespace, except Create and Update: they use the namespace in the object's metadata.
func AllNamespaces() APIOption { return allNamespacesOption{} }

// New returns the API of the kind T. Its namespace is that of the client's configuration, unless an
// option sets another.
func New[T any, P interface {
	*T
	Model
}](client *transport.Client, opts ...APIOption) *API[T] {
	// Written as P(nil).APIKind(), the call would link all types below T, even if no call decodes a
	// T.
	return &API[T]{Endpoint[T]{newRequester(client, P.APIKind(nil), opts)}}
}

// ForKind returns the API of a kind that is known by name only, for example from Discover.
func ForKind(client *transport.Client, kind Kind, opts ...APIOption) *API[Object] {
	return &API[Object]{Endpoint[Object]{newRequester(client, kind, opts)}}
}

// As returns the same API with objects of type S, such as an Object, or a PodOutline for a Pod. It
// is for programs that need few members and pass on the rest unchanged.
func As[S any, P interface {
	*S
	Meta() *ObjectMeta
}, T any](api *API[T]) *API[S] {
	return &API[S]{Endpoint[S]{api.requester}}
}

func newRequester(client *transport.Client, kind Kind, opts []APIOption) requester {
	s := apiSettings{namespace: client.Namespace()}
	for _, o := range opts {
		o.applyAPI(&s)
	}
	return requester{client: client, kind: kind, namespace: s.namespace}
}

// metaOf returns the metadata of an object. New and As guarantee that it has a Meta method.
func metaOf(object any) *ObjectMeta { return object.(interface{ Meta() *ObjectMeta }).Meta() }

// Create stores a new object. If one of the same name exists, the error matches
// transport.ErrAlreadyExists.
//
// Create adds the API's kind and apiVersion to what it sends if the object has none. If the object
// is of another kind, Create fails with a *WrongKindError before anything is sent.
func (a *API[T]) Create(ctx context.Context, object *T, opts ...CreateOption) (*T, error) {
	if a.namespace == "" && object != nil {
		opts = append([]CreateOption{InNamespace(metaOf(object).Namespace)}, opts...)
	}
	stored := new(T)
	return orNil(stored, a.create(ctx, object, stored, opts))
}

// CreateRaw is Create with a JSON document, which is sent unchanged.
func (a *API[T]) CreateRaw(ctx context.Context, document []byte, opts ...CreateOption) (*T, error) {
	stored := new(T)
	return orNil(stored, a.create(ctx, jsontext.Value(document), stored, opts))
}

// Update replaces the stored object of the same name. If object has a resourceVersion and the
// stored object has changed since, the error matches transport.ErrConflict. Update adds kind and
// apiVersion to what it sends, and fails with a *WrongKindError, like Create.
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

// Delete asks the server to delete the object called name. It returns the object as it is during
// its deletion, or nil if it is already gone.
//
// PropagationPolicy says what happens to the objects that name the deleted one as their owner.
// Without it the server decides by kind. On Kubernetes 1.35:
//
//	Job                    its pods stay, without an owner; the server sends a warning
//	ReplicationController  its pods stay, without an owner
//	Namespace              everything in it is deleted, and then the namespace
//	any other kind         the dependents are deleted after the object
//
// The last row covers Deployment, ReplicaSet, StatefulSet, DaemonSet and CronJob, whose pods go. It
// covers Service, whose EndpointSlices go. The PersistentVolumeClaims of a StatefulSet stay, unless
// its persistentVolumeClaimRetentionPolicy says "Delete"
// (https://kubernetes.io/docs/concepts/architecture/garbage-collection/).
func (a *API[T]) Delete(ctx context.Context, name string, opts ...DeleteOption) (*T, error) {
	object := new(T)
	err := a.delete(ctx, name, object, opts)
	if errors.Is(err, errAlreadyDeleted) {
		return nil, nil
	}
	return orNil(object, err)
}
