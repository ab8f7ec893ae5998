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

// EventType says what happened to an object.
type EventType string

// The types of events that Watch yields.
const (
	Added    EventType = "ADDED"
	Modified EventType = "MODIFIED"
	Deleted  EventType = "DELETED"
)

// WatchEvent is one change of one object. Of a deleted object it holds the last state.
type WatchEvent[T any] struct {
	Type   EventType
	Object *T
}

// How a watch goes on after it ended or was lost.
const (
	watchSeconds    = "300" // the server ends a watch by itself, so that load balancers do not
	watchMinBackoff = 100 * time.Millisecond
	watchMaxBackoff = 10 * time.Second
)

// Watch yields the changes of the objects that list selects, from list.ResourceVersion on; when that is empty, the objects that there are come first, as Added.
// A watch that ends or is lost goes on from where it was, with a growing pause, for as long as ctx holds.
//
// It ends after an error, which is yielded with a zero event: one that matches transport.ErrGone means that the version is too old,
// and the way on is to list again.
func (a *API[T]) Watch(ctx context.Context, list ListOptions, opts ...ListOption) iter.Seq2[WatchEvent[T], error] {
	return func(yield func(WatchEvent[T], error) bool) {
		w := watcher{
			endpoint: a.endpoint, list: list,
			make: func() any { return new(T) },
			yield: func(kind EventType, object any) bool {
				return yield(WatchEvent[T]{Type: kind, Object: object.(*T)}, nil)
			},
		}
		for _, o := range opts {
			o.applyList(&w.options)
		}
		if err := w.run(ctx); err != errStopped {
			yield(WatchEvent[T]{}, err)
		}
	}
}

// resumable holds for a watch that was lost on its way, or that a busy server turned away. A server that was reached before may be on its way up again.
func (w *watcher) resumable(err error) bool {
	var lost *transport.ConnectionError
	if errors.As(err, &lost) {
		return lost.Sent || w.reached
	}
	var timeout *transport.TimeoutError
	return errors.As(err, &timeout) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, transport.ErrTooManyRequests) || errors.Is(err, transport.ErrServiceUnavailable) || errors.Is(err, transport.ErrServerTimeout)
}

// watcher is a watch for every type alike.
type watcher struct {
	endpoint
	list    ListOptions // its ResourceVersion moves on with each event
	options options
	reached bool // the server has answered

	make  func() any // gives a pointer
	yield func(kind EventType, object any) bool
}

// run watches until something ends it for good, which is errStopped when no more events are wanted.
func (w *watcher) run(ctx context.Context) error {
	if w.list.ResourceVersion == "" {
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	for pause := watchMinBackoff; ; {
		before := w.list.ResourceVersion
		err := w.once(ctx)
		switch {
		case err == errStopped:
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

// begin yields what is there, from a list, and has the watch go on from there.
// The server would do that in the watch itself, but for it needs an etcd of 3.4.31, 3.5.13 or newer (KEP-3157).
func (w *watcher) begin(ctx context.Context) error {
	version, err := w.eachPage(ctx, "", w.list, &w.options, items{
		make:  w.make,
		yield: func(object any) bool { return w.yield(Added, object) },
	})
	w.list.ResourceVersion = version
	return err
}

// once watches until the server ends it, which is no error.
func (w *watcher) once(ctx context.Context) error {
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
		if err := json.UnmarshalDecode(d, &event); err == io.EOF {
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
			return fmt.Errorf("watch %s: the server sent an error that cannot be read: %w", w.describe(), err)
		}
		return transport.StatusFailure("WATCH", w.describe(), status)
	default:
		return nil // a type that came after this client
	}
	object := w.make()
	if err := json.Unmarshal(raw, object); err != nil {
		return fmt.Errorf("watch %s: an object cannot be read: %w", w.describe(), err)
	}
	version := metaOf(object).ResourceVersion
	if version != "" {
		w.list.ResourceVersion = version
	}
	if kind != "BOOKMARK" && !w.yield(EventType(kind), object) {
		return errStopped
	}
	return nil
}
