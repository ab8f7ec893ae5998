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
		var s options
		for _, o := range opts {
			o.applyList(&s)
		}
		w := watcher[T]{api: a, list: list, options: &s, yield: yield}
		for pause := watchMinBackoff; ; {
			before := w.list.ResourceVersion
			err := w.once(ctx)
			switch {
			case err == errStopped:
				return
			case ctx.Err() != nil:
				yield(WatchEvent[T]{}, fmt.Errorf("watch %s: %w", a.describe(), context.Cause(ctx)))
				return
			case before == "" && w.list.ResourceVersion == "" && errors.Is(err, transport.ErrInternal):
				// To begin a watch with what is there Kubernetes needs an etcd of 3.4.25, 3.5.8 or newer (KEP-3157).
				if err := w.begin(ctx, opts); err == errStopped {
					return
				} else if err != nil {
					yield(WatchEvent[T]{}, err)
					return
				}
				continue
			case err != nil && !resumable(err):
				yield(WatchEvent[T]{}, err)
				return
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
}

// resumable holds for a watch that was lost on its way, or that a busy server turned away.
func resumable(err error) bool {
	var lost *transport.ConnectionError
	if errors.As(err, &lost) {
		return lost.Sent
	}
	var timeout *transport.TimeoutError
	return errors.As(err, &timeout) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, transport.ErrTooManyRequests) || errors.Is(err, transport.ErrServiceUnavailable) || errors.Is(err, transport.ErrServerTimeout)
}

type watcher[T any] struct {
	api     *API[T]
	list    ListOptions // its ResourceVersion moves on with each event
	options *options
	yield   func(WatchEvent[T], error) bool
}

// begin yields what is there from a list, and has the watch go on from there.
func (w *watcher[T]) begin(ctx context.Context, opts []ListOption) error {
	objects, err := w.api.List(ctx, w.list, opts...)
	if err != nil {
		return err
	}
	w.list.ResourceVersion = objects.Metadata.ResourceVersion
	for i := range objects.Items {
		if !w.yield(WatchEvent[T]{Type: Added, Object: &objects.Items[i]}, nil) {
			return errStopped
		}
	}
	return nil
}

// once watches until the server ends it, which is no error.
func (w *watcher[T]) once(ctx context.Context) error {
	if w.list.ResourceVersion == "" {
		// The server can do this in the watch itself, but not with every store behind it.
		version, err := eachPage(ctx, w.api.endpoint, "", w.list, w.options, func(object *T) bool {
			return w.yield(WatchEvent[T]{Type: Added, Object: object}, nil)
		})
		if err != nil {
			return err
		}
		w.list.ResourceVersion = version
	}
	from := w.list
	from.Limit, from.Continue, from.ResourceVersionMatch = 0, "", ""
	req := &transport.Request{Method: http.MethodGet, Stream: true, Query: from.query()}
	req.Query.Set("watch", "1")
	req.Query.Set("allowWatchBookmarks", "true")
	req.Query.Set("timeoutSeconds", watchSeconds)
	if err := w.api.complete(w.options, req); err != nil {
		return err
	}
	resp, err := w.api.client.Do(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	d := jsontext.NewDecoder(resp.Body)
	for {
		var event struct {
			Type   string         `json:"type"`
			Object jsontext.Value `json:"object"`
		}
		if err := json.UnmarshalDecode(d, &event); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("watch %s: %w", w.api.describe(), err)
		}
		if err := w.event(event.Type, event.Object); err != nil {
			return err
		}
	}
}

func (w *watcher[T]) event(kind string, raw jsontext.Value) error {
	switch kind {
	case string(Added), string(Modified), string(Deleted), "BOOKMARK":
	case "ERROR":
		var status transport.Status
		if err := json.Unmarshal(raw, &status); err != nil {
			return fmt.Errorf("watch %s: the server sent an error that cannot be read: %w", w.api.describe(), err)
		}
		return transport.StatusFailure("WATCH", w.api.describe(), status)
	default:
		return nil // a type that came after this client
	}
	object := new(T)
	if err := json.Unmarshal(raw, object); err != nil {
		return fmt.Errorf("watch %s: an object cannot be read: %w", w.api.describe(), err)
	}
	if version := w.api.meta(object).ResourceVersion; version != "" {
		w.list.ResourceVersion = version
	}
	if kind == "BOOKMARK" {
		return nil
	}
	if !w.yield(WatchEvent[T]{Type: EventType(kind), Object: object}, nil) {
		return errStopped
	}
	return nil
}
