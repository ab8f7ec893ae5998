package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/kx-k8s/kx/transport"
)

// replica is a Store without a type parameter. Only the goroutine of run writes to objects.
type replica struct {
	requester
	selection ListOptions

	make            func() any // returns a pointer
	transform       func(object any)
	onAdd, onDelete func(object any)
	onUpdate        func(previous, object any)
	onError         func(error)
	running         atomic.Bool
	accepted        bool // the server has accepted a list and a watch
	synced          chan struct{}
	isSynced        bool
	mu              sync.RWMutex
	objects         map[objectKey]replicated
}

type objectKey struct{ namespace, name string }

// replicated is an object in the store. Its identity is kept beside it because a Transform may drop
// it.
type replicated struct {
	key          objectKey
	object       any
	uid, version string
}

func (r *replica) run(ctx context.Context) error {
	if !r.running.CompareAndSwap(false, true) {
		return fmt.Errorf("store of %s: Run is already called", r.describe())
	}
	defer r.running.Store(false)
	var pause backoff
	for {
		progress, err := r.listAndWatch(ctx)
		if progress {
			pause.reset()
		}
		gone := errors.Is(err, transport.ErrGone)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("store of %s: %w", r.describe(), context.Cause(ctx))
		case !r.accepted && !gone:
			return err
		case gone && pause.isReset(): // the usual end of a watch whose events have expired
		case r.onError != nil:
			r.onError(err)
		}
		pause.wait(ctx)
	}
}

// listAndWatch replicates a list and the changes after it, until an error ends the watch. progress
// reports whether the watch has brought events or bookmarks.
func (r *replica) listAndWatch(ctx context.Context) (progress bool, err error) {
	version, err := r.list(ctx)
	if err != nil {
		return false, err
	}
	if !r.isSynced {
		r.isSynced = true
		close(r.synced)
	}
	from := r.selection
	from.ResourceVersion = version
	w := watcher{requester: r.requester, list: from, reached: true, make: r.make, yield: r.apply}
	err = w.run(ctx)
	r.accepted = r.accepted || w.accepted
	return w.list.ResourceVersion != version, err
}

// list replaces the objects with those of a list, and returns its version. It calls no function
// before the list is complete: a slow one would make the server give up the answer.
func (r *replica) list(ctx context.Context) (version string, err error) {
	missing := make(map[objectKey]struct{}, len(r.objects))
	for key := range r.objects {
		missing[key] = struct{}{}
	}
	var changed []replicated
	version, err = r.eachItem(ctx, "", r.selection, &options{}, itemSink{
		make: r.make,
		yield: func(object any) bool {
			next := identify(object)
			delete(missing, next.key)
			if !r.has(next) {
				r.transformed(object)
				changed = append(changed, next)
			}
			return true
		},
		consistent: true,
	})
	switch {
	case err != nil:
		return "", err
	case version == "":
		return "", &transport.AnswerError{Method: http.MethodGet, Target: r.describe(),
			Err: errNoListVersion}
	}
	for key := range missing {
		if ctx.Err() != nil { // a function may have ended it
			return "", ctx.Err()
		}
		r.remove(key, r.objects[key].object)
	}
	for _, next := range changed {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		r.put(next)
	}
	return version, nil
}

// apply handles an event of the watch.
func (r *replica) apply(kind WatchEventType, object any) bool {
	next := identify(object)
	_, known := r.objects[next.key]
	switch {
	case kind != Deleted && !r.has(next):
		r.transformed(object)
		r.put(next)
	case kind == Deleted && known:
		r.transformed(object)
		r.remove(next.key, object)
	}
	return true
}

func identify(object any) replicated {
	meta := metaOf(object)
	return replicated{objectKey{meta.Namespace, meta.Name}, object, meta.UID, meta.ResourceVersion}
}

// has reports whether the store has this version of an object. Without a version nobody can tell.
func (r *replica) has(next replicated) bool {
	present, ok := r.objects[next.key]
	return ok && present.uid == next.uid && present.version == next.version && next.version != ""
}

func (r *replica) transformed(object any) {
	if r.transform != nil {
		r.transform(object)
	}
}

// put stores an object.
func (r *replica) put(next replicated) {
	previous, exists := r.objects[next.key]
	if exists && previous.uid != next.uid {
		r.remove(next.key, previous.object)
		exists = false
	}
	r.mu.Lock()
	r.objects[next.key] = next
	r.mu.Unlock()
	switch {
	case exists && r.onUpdate != nil:
		r.onUpdate(previous.object, next.object)
	case !exists && r.onAdd != nil:
		r.onAdd(next.object)
	}
}

// remove removes an object, of which last is the last known state.
func (r *replica) remove(key objectKey, last any) {
	r.mu.Lock()
	delete(r.objects, key)
	r.mu.Unlock()
	if r.onDelete != nil {
		r.onDelete(last)
	}
}

// get returns an object, or nil.
func (r *replica) get(key objectKey) any {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.objects[key].object
}

// all returns the objects in the order of their keys.
func (r *replica) all() []any {
	r.mu.RLock()
	present := slices.Collect(maps.Values(r.objects))
	r.mu.RUnlock()
	slices.SortFunc(present, func(a, b replicated) int {
		return cmp.Or(cmp.Compare(a.key.namespace, b.key.namespace),
			cmp.Compare(a.key.name, b.key.name))
	})
	objects := make([]any, len(present))
	for i := range present {
		objects[i] = present[i].object
	}
	return objects
}
