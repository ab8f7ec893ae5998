package resources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
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

// The length of one watch request in seconds, and the pauses between requests.
const (
	watchSeconds    = "300" // shorter than the idle timeouts of load balancers
	watchMinBackoff = 100 * time.Millisecond
	watchMaxBackoff = 10 * time.Second
)

// Watch yields the changes of the objects that list selects, starting at list.ResourceVersion. If
// that is empty, Watch yields the existing objects first, as Added. If the connection ends, Watch
// pauses and resumes after the last event, until ctx ends. The pauses grow while no event arrives.
//
// Watch stops after an error, which comes with a zero event. If the error matches
// transport.ErrGone, the resourceVersion is too old: list again.
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

// watcher is a watch without a type parameter.
type watcher struct {
	requester
	list    ListOptions // ResourceVersion is that of the last event
	options options
	reached bool // the server has answered

	make  func() any // returns a pointer
	yield func(kind WatchEventType, object any) bool
}

// run watches until an error ends it. The error is errStopped when the caller wants no more events.
func (w *watcher) run(ctx context.Context) error {
	if w.list.ResourceVersion == "" {
		if err := w.listFirst(ctx); err != nil {
			return err
		}
	}
	for pause := watchMinBackoff; ; {
		before := w.list.ResourceVersion
		err := w.watchOnce(ctx)
		switch {
		case errors.Is(err, errStopped):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("watch %s: %w", w.describe(), context.Cause(ctx))
		case err != nil && !w.resumable(err):
			return err
		}
		if w.list.ResourceVersion != before {
			pause = watchMinBackoff
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
		}
		pause = min(pause*2, watchMaxBackoff)
	}
}

// resumable reports whether a watch that ended with err can be resumed: it was lost, or the server
// was busy. A server that had answered before may be restarting.
func (w *watcher) resumable(err error) bool {
	var lost *transport.ConnectionError
	if errors.As(err, &lost) {
		return lost.Sent || w.reached
	}
	var timeout *transport.TimeoutError
	return errors.As(err, &timeout) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, transport.ErrTooManyRequests) ||
		errors.Is(err, transport.ErrServiceUnavailable) ||
		errors.Is(err, transport.ErrServerTimeout)
}

// listFirst yields the existing objects from a list, and makes the watch start from there. The
// server could do that in the watch, but needs etcd 3.4.31, 3.5.13 or newer for it (KEP-3157).
func (w *watcher) listFirst(ctx context.Context) error {
	version, err := w.eachItem(ctx, "", w.list, &w.options, itemSink{
		make:  w.make,
		yield: func(object any) bool { return w.yield(Added, object) },
	})
	w.list.ResourceVersion = version
	return err
}

// watchOnce watches until the server ends the watch, and then returns nil.
func (w *watcher) watchOnce(ctx context.Context) error {
	from := w.list
	from.Limit, from.Continue, from.ResourceVersionMatch = 0, "", ""
	req := &transport.Request{Method: http.MethodGet, Stream: true, Query: from.query()}
	req.Query.Set("watch", "1")
	req.Query.Set("allowWatchBookmarks", "true")
	req.Query.Set("timeoutSeconds", watchSeconds)
	if err := w.complete(&w.options, req); err != nil {
		return err
	}
	resp, err := w.client.Do(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	w.reached = true
	d := jsontext.NewDecoder(resp.Body)
	for {
		var event struct {
			Type   string         `json:"type"`
			Object jsontext.Value `json:"object"`
		}
		if err := json.UnmarshalDecode(d, &event); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("watch %s: %w", w.describe(), err)
		}
		if err := w.event(event.Type, event.Object); err != nil {
			return err
		}
	}
}

func (w *watcher) event(kind string, raw jsontext.Value) error {
	switch kind {
	case string(Added), string(Modified), string(Deleted), "BOOKMARK":
	case "ERROR":
		var status transport.Status
		if err := json.Unmarshal(raw, &status); err != nil {
			return fmt.Errorf("watch %s: the server sent an error that cannot be read: %w",
				w.describe(), err)
		}
		return transport.StatusFailure("WATCH", w.describe(), status)
	default:
		return nil // a type newer than this client
	}
	object := w.make()
	if err := json.Unmarshal(raw, object); err != nil {
		return fmt.Errorf("watch %s: an object cannot be read: %w", w.describe(), err)
	}
	version := metaOf(object).ResourceVersion
	if version != "" {
		w.list.ResourceVersion = version
	}
	if kind != "BOOKMARK" && !w.yield(WatchEventType(kind), object) {
		return errStopped
	}
	return nil
}
