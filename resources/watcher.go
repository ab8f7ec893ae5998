package resources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

const (
	// watchLimit is the length of one watch request. It is shorter than the idle timeouts of load
	// balancers.
	watchLimit = 300 * time.Second
	// watchGrace is how long after watchLimit the client gives up a request that the server has
	// not ended.
	watchGrace = 30 * time.Second
	// watchMethod stands for the method in the error of an ERROR event.
	watchMethod = "WATCH"
)

// watcher is a watch without a type parameter.
type watcher struct {
	requester
	list     ListOptions // ResourceVersion is that of the last event
	options  options
	reached  bool // the server has answered
	accepted bool // the server has accepted a watch

	make  func() any // returns a pointer
	yield func(kind WatchEventType, object any) bool
}

// run watches until an error ends it. The error is errStopped when the caller wants no more events.
func (w *watcher) run(ctx context.Context) error {
	if w.list.ResourceVersion == "" || w.list.ResourceVersion == "0" {
		if err := w.listFirst(ctx); err != nil {
			return err
		}
	}
	var pause backoff
	for {
		before, began := w.list.ResourceVersion, time.Now()
		err := w.watchOnce(ctx)
		switch {
		case errors.Is(err, errStopped):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("watch %s: %w", w.describe(), context.Cause(ctx))
		case err != nil && !w.resumable(err):
			return err
		}
		if w.list.ResourceVersion != before || time.Since(began) > maxBackoff {
			pause.reset()
		}
		pause.wait(ctx)
	}
}

// resumable reports whether a watch that ended with err can be resumed: it was lost, or the server
// was busy. A server that had answered before may be restarting, and a load balancer then answers
// for it.
func (w *watcher) resumable(err error) bool {
	var lost *transport.ConnectionError
	if errors.As(err, &lost) {
		return lost.Sent || w.reached
	}
	var status *transport.StatusError
	if errors.As(err, &status) && status.Code >= 500 && status.Method != watchMethod && w.accepted {
		return true
	}
	var timeout *transport.TimeoutError
	return errors.As(err, &timeout) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, transport.ErrTooManyRequests) ||
		errors.Is(err, transport.ErrServiceUnavailable) ||
		errors.Is(err, transport.ErrServerTimeout)
}

// listFirst yields the existing objects from a list, and makes the watch start from there. The
// server could send them in the watch (KEP-3157), but not every server does: see docs/design.md.
//
// A list that spans a compaction is not consistent. A watch from its version would miss changes of
// the first pages, so listFirst fails with transport.ErrGone.
func (w *watcher) listFirst(ctx context.Context) error {
	version, err := w.eachItem(ctx, "", w.list, &w.options, itemSink{
		make:       w.make,
		yield:      func(object any) bool { return w.yield(Added, object) },
		consistent: true,
	})
	if err != nil {
		return err
	}
	if version == "" {
		return fmt.Errorf("watch %s: the server's list has no resourceVersion", w.describe())
	}
	w.list.ResourceVersion, w.reached = version, true
	return nil
}

// watchOnce watches until the server ends the watch, and then returns nil. A watch that the server
// does not end in time counts as ended.
func (w *watcher) watchOnce(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, watchLimit+watchGrace)
	defer cancel()
	err := w.receive(limited)
	if err != nil && !errors.Is(err, errStopped) && limited.Err() != nil {
		return nil // run looks at ctx
	}
	return err
}

func (w *watcher) receive(ctx context.Context) error {
	from := w.list
	from.Limit, from.Continue, from.ResourceVersionMatch = 0, "", ""
	req := &transport.Request{Method: http.MethodGet, Stream: true, Query: from.query()}
	req.Query.Set("watch", "1")
	req.Query.Set("allowWatchBookmarks", "true")
	req.Query.Set("timeoutSeconds", strconv.Itoa(int(watchLimit/time.Second)))
	if err := w.complete(&w.options, req); err != nil {
		return err
	}
	resp, err := w.client.Do(ctx, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	w.reached, w.accepted = true, true
	body := newItemReader(resp.Body, "event")
	d := jsontext.NewDecoder(body)
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
		if ctx.Err() != nil { // the caller may have ended it at the event
			return nil
		}
		body.next()
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
		return transport.StatusFailure(watchMethod, w.describe(), status)
	default:
		return nil // a type newer than this client
	}
	object := w.make()
	if err := json.Unmarshal(raw, object); err != nil {
		return fmt.Errorf("watch %s: an object cannot be read: %w", w.describe(), err)
	}
	if kind != "BOOKMARK" && metaOf(object).Name == "" {
		return fmt.Errorf("watch %s: the server sent an event of an object without a name",
			w.describe())
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
