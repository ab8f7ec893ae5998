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
)

// WatchEvent is one change of one object. A Deleted event holds the object's last state.
type WatchEvent[T any] struct {
	Type   WatchEventType
	Object *T
}

// Watch yields the changes of the objects that list selects, starting at list.ResourceVersion. If
// that is empty or "0", Watch lists the existing objects first and yields them as Added.
//
// If the connection ends or the server restarts, Watch pauses and resumes after the last event or
// bookmark, until ctx ends. No event is lost or repeated. The pauses grow from 100 ms to 10 s while
// no event arrives.
//
// Watch stops after an error, which comes with a zero event. If the error matches
// transport.ErrGone, the server no longer has the events since the last one: list again. Watch does
// not do so by itself, because it does not know which objects it has yielded. [Store] does.
func (a *API[T]) Watch(ctx context.Context, list ListOptions,
	opts ...ListOption) iter.Seq2[WatchEvent[T], error] {
	return func(yield func(WatchEvent[T], error) bool) {
		w := watcher{
			requester: a.requester, list: list,
			make: func() any { return new(T) },
			yield: func(kind WatchEventType, object any) bool {
				return yield(WatchEvent[T]{Type: kind, Object: object.(*T)}, nil)
			},
		}
		for _, o := range opts {
			o.applyList(&w.options)
		}
		if err := w.run(ctx); !errors.Is(err, errStopped) {
			yield(WatchEvent[T]{}, err)
		}
	}
}
