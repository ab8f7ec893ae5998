package resources

import (
	"context"
	"iter"
)

// StoreOptions are the options of NewStore. The zero value stores every object as it is.
//
// The functions are called one after another, in the order of the changes, by the goroutine that
// calls Run. They may call Get and All, which already have the change. Until a function returns,
// the store reads no further event. If a function takes so long that the server ends the watch,
// the store continues with a new one. It then misses no object, but it may skip states between two
// states of an object.
type StoreOptions[T any] struct {
	// LabelSelector and FieldSelector select objects, as in ListOptions.
	LabelSelector, FieldSelector string
	// Transform changes an object before it is stored, for example to drop what the program does
	// not read. It gets each object that is to be stored or was deleted, as soon as it arrives.
	Transform func(object *T)
	// OnAdd gets each object that is new in the store. At first these are all existing objects.
	OnAdd func(object *T)
	// OnUpdate gets an object's previous and its new state.
	OnUpdate func(previous, object *T)
	// OnDelete gets the last known state of an object that was deleted, or that the selectors no
	// longer select. If the store missed the deletion, that is the state before it. An object that
	// was deleted and created anew is an OnDelete and an OnAdd.
	OnDelete func(object *T)
	// OnError gets each error after which Run tries again, for a log. See Run. An expired watch
	// (410) is none, unless the attempt before it has failed too.
	OnError func(err error)
}

// Store holds the objects of an API in memory and keeps them up to date by a list and a watch. It
// is what client-go calls an informer. Several goroutines may use it at once.
//
// Objects in the store are shared: callers and the functions of StoreOptions must not change them.
type Store[T any] struct{ replica *replica }

// NewStore returns a store of the objects of api, in its namespace or in all. The store is empty
// until Run fills it. A store of [Metadata] of an API holds the objects' metadata alone.
func NewStore[T any](api *API[T], options StoreOptions[T]) *Store[T] {
	r := &replica{
		requester: api.requester,
		selection: ListOptions{
			LabelSelector: options.LabelSelector, FieldSelector: options.FieldSelector,
		},
		make:    func() any { return new(T) },
		onError: options.OnError,
		synced:  make(chan struct{}),
		objects: map[objectKey]replicated{},
	}
	if options.Transform != nil {
		r.transform = func(object any) { options.Transform(object.(*T)) }
	}
	if options.OnAdd != nil {
		r.onAdd = func(object any) { options.OnAdd(object.(*T)) }
	}
	if options.OnUpdate != nil {
		r.onUpdate = func(previous, object any) { options.OnUpdate(previous.(*T), object.(*T)) }
	}
	if options.OnDelete != nil {
		r.onDelete = func(object any) { options.OnDelete(object.(*T)) }
	}
	return &Store[T]{r}
}

// Run fills the store and keeps it up to date until ctx ends. It returns an error in every case.
//
// Until the server has accepted a list and a watch, Run returns the error of a request, such as one
// that matches transport.ErrForbidden. From then on Run tries again after every error but the end
// of ctx, with pauses of 100 ms to 10 s, because a server that starts may answer 401, 403 or 404.
// Meanwhile the store keeps its objects.
//
// Run can be called again after it has returned, but not twice at once.
func (s *Store[T]) Run(ctx context.Context) error { return s.replica.run(ctx) }

// Synced returns a channel that is closed once the store holds all objects of its first list and
// OnAdd has returned for each. It stays open if Run returns before: a caller that waits for Synced
// also waits for Run.
func (s *Store[T]) Synced() <-chan struct{} { return s.replica.synced }

// Get returns the object of this name. ok reports whether the store has it. namespace is "" for a
// cluster-scoped kind.
func (s *Store[T]) Get(namespace, name string) (object *T, ok bool) {
	object, ok = s.replica.get(objectKey{namespace, name}).(*T)
	return object, ok
}

// All returns the objects of the moment when the loop begins, in the order of namespace and name.
func (s *Store[T]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, object := range s.replica.all() {
			if !yield(object.(*T)) {
				return
			}
		}
	}
}
