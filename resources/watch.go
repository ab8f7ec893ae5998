package resources

import (
	"context"
	"errors"
	"iter"
)

// WatchEventType is the type of a change.
type WatchEventType string

// The types of events that Watch yields.
const (
	Added    WatchEventType = "ADDED"
	Modified WatchEventType = "MODIFIED"
	Deleted  WatchEventType = "DELETED"
	// Bookmark is the type of events that ListOptions.AllowWatchBookmarks asks for. Their object
	// has a resourceVersion and nothing else.
	Bookmark WatchEventType = "BOOKMARK"
)

// WatchEvent is one change of one object. A Deleted event holds the object's last state.
type WatchEvent[T any] struct {
	Type   WatchEventType
	Object *T
	// FinalStateUnknown reports that the watch has missed a deletion. Object then has the
	// namespace, name, uid and last known resourceVersion of the deleted object, and nothing else.
	FinalStateUnknown bool
}

// Watch yields the changes of the objects that list selects, starting at list.ResourceVersion. If
// that is empty or "0", Watch lists the existing objects first and yields them as Added.
//
// If the connection ends or the server restarts, Watch pauses and resumes after the last event or
// bookmark, until ctx ends. No event is lost or repeated. The pauses grow from 100 ms to 10 s while
// no event arrives.
//
// The server keeps events for some minutes. If those since the last one have expired (410), a watch
// that has begun with a list lists again. It yields how the objects differ from those that it has
// yielded: an object may have skipped states, and FinalStateUnknown marks a deletion. For that it
// keeps the name, uid and resourceVersion of each object, about 220 bytes, and MaxWatchBytes at
// most.
//
// A watch from a resourceVersion does not know the objects of that version, and keeps nothing. It
// ends with an error that matches transport.ErrGone: list again. [Store] does so, too.
//
// Watch stops after an error, which comes with a zero event. An event of more than 16 MiB is an
// error.
func (a *API[T]) Watch(ctx context.Context, list ListOptions,
	opts ...ListOption) iter.Seq2[WatchEvent[T], error] {
	return func(yield func(WatchEvent[T], error) bool) {
		w := watcher{
			requester: a.requester, list: list,
			make: func() any { return new(T) },
			yield: func(kind WatchEventType, object any) bool {
				return yield(WatchEvent[T]{Type: kind, Object: object.(*T)}, nil)
			},
			yieldMissed: func(object any) bool {
				return yield(WatchEvent[T]{Deleted, object.(*T), true}, nil)
			},
		}
		if list.ResourceVersion == "" || list.ResourceVersion == "0" {
			w.known = newKnownObjects()
		}
		for _, o := range opts {
			o.applyList(&w.options)
		}
		if err := w.run(ctx); !errors.Is(err, errStopped) {
			yield(WatchEvent[T]{}, err)
		}
	}
}
