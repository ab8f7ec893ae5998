package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
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

// replicated is an object in the store. uid and version are kept beside it because a Transform may
// drop them.
type replicated struct {
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
		gone := errors.Is(err, transport.ErrGone)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("store of %s: %w", r.describe(), context.Cause(ctx))
		case !r.accepted && !gone:
			return err
		case !gone && r.onError != nil:
			r.onError(err)
		}
		if progress {
			pause.reset()
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

// list replaces the objects with those of a list, and returns its version. It compares page by page
// and holds no second copy.
func (r *replica) list(ctx context.Context) (version string, err error) {
	missing := make(map[objectKey]struct{}, len(r.objects))
	for key := range r.objects {
		missing[key] = struct{}{}
	}
	version, err = r.eachItem(ctx, "", r.selection, &options{}, itemSink{
		make: r.make,
		yield: func(object any) bool {
			delete(missing, r.put(object))
			return ctx.Err() == nil
		},
		consistent: true,
	})
	switch {
	case errors.Is(err, errStopped):
		return "", context.Cause(ctx)
	case err != nil:
		return "", err
	case version == "":
		return "", fmt.Errorf("list %s: the server's list has no resourceVersion", r.describe())
	}
	for key := range missing {
		r.remove(key, r.objects[key].object)
	}
	return version, nil
}

// apply handles an event of the watch.
func (r *replica) apply(kind WatchEventType, object any) bool {
	if kind != Deleted {
		r.put(object)
		return true
	}
	meta := metaOf(object)
	key := objectKey{meta.Namespace, meta.Name}
	if _, ok := r.objects[key]; ok {
		if r.transform != nil {
			r.transform(object)
		}
		r.remove(key, object)
	}
	return true
}

// put stores an object, unless the store has this version of it. It returns the object's key.
func (r *replica) put(object any) objectKey {
	meta := metaOf(object)
	key := objectKey{meta.Namespace, meta.Name}
	next := replicated{object, meta.UID, meta.ResourceVersion}
	previous, exists := r.objects[key]
	if exists && previous.uid == next.uid && previous.version == next.version {
		return key
	}
	if r.transform != nil {
		r.transform(object)
	}
	if exists && previous.uid != next.uid {
		r.remove(key, previous.object)
		exists = false
	}
	r.mu.Lock()
	r.objects[key] = next
	r.mu.Unlock()
	switch {
	case exists && r.onUpdate != nil:
		r.onUpdate(previous.object, object)
	case !exists && r.onAdd != nil:
		r.onAdd(object)
	}
	return key
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
	objects := maps.Clone(r.objects)
	r.mu.RUnlock()
	keys := slices.SortedFunc(maps.Keys(objects), func(a, b objectKey) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	})
	sorted := make([]any, len(keys))
	for i, key := range keys {
		sorted[i] = objects[key].object
	}
	return sorted
}
