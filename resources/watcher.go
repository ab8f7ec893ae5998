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
	mustList bool // before the next watch
	reached  bool // the server has answered
	accepted bool // the server has accepted a watch

	accept  string                   // the media type of Tables, or ""
	columns *[]TableColumnDefinition // as in itemSink
	make    func() any               // returns a pointer
	yield   func(kind WatchEventType, object any) bool
	// known lets the watch survive that events have expired. It is nil if the watch fails then.
	known       *knownObjects
	yieldMissed func(object any) bool // as in listSink
}

// run watches until an error ends it. The error is errStopped when the caller wants no more events.
func (w *watcher) run(ctx context.Context) error {
	w.mustList = w.list.ResourceVersion == "" || w.list.ResourceVersion == "0"
	var pause backoff
	for {
		progress, err := w.listAndWatch(ctx)
		switch {
		case errors.Is(err, errStopped):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("watch %s: %w", w.describe(), context.Cause(ctx))
		case err != nil && !w.survives(err):
			return err
		}
		if progress {
			pause.reset()
		}
		pause.wait(ctx)
	}
}

// listAndWatch lists if it must, and then watches until the server ends the watch. progress reports
// whether the watch has brought events or bookmarks, or was open for longer than a pause.
func (w *watcher) listAndWatch(ctx context.Context) (progress bool, err error) {
	if w.mustList {
		if err := w.listAll(ctx); err != nil {
			return false, err
		}
	}
	before, began := w.list.ResourceVersion, time.Now()
	err = w.watchOnce(ctx)
	return w.list.ResourceVersion != before || time.Since(began) > maxBackoff, err
}

// survives reports whether the watch goes on after err. If events have expired, it lists again. A
// list of the latest state cannot be older than an event, but one of ResourceVersion "0" can.
func (w *watcher) survives(err error) bool {
	switch {
	case errors.Is(err, transport.ErrGone) && w.known != nil:
		w.mustList = true
		w.list.ResourceVersion, w.list.ResourceVersionMatch, w.list.Continue = "", "", ""
		return true
	case w.mustList && !w.accepted: // the first list
		return false
	}
	return w.resumable(err)
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
	if errors.As(err, &timeout) {
		return !timeout.Silent || w.accepted
	}
	return errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, transport.ErrTooManyRequests) ||
		errors.Is(err, transport.ErrServiceUnavailable) ||
		errors.Is(err, transport.ErrServerTimeout)
}

// listAll yields what a list of all objects has in addition to the known ones, and makes the watch
// start from there. The server could send the objects in the watch (KEP-3157), but not every server
// does: see docs/design.md.
//
// A list that spans a compaction is not consistent. A watch from its version would miss changes of
// the first pages, so listAll fails with transport.ErrGone.
func (w *watcher) listAll(ctx context.Context) error {
	sink := w.newListSink()
	version, err := w.eachItem(ctx, w.accept, w.list, &w.options, itemSink{
		make: w.make, yield: sink.item, columns: w.columns, consistent: true,
	})
	switch {
	case errors.Is(err, transport.ErrGone) && sink.items == 0:
		w.known = nil // no token has expired: the next list would fail, too
		return err
	case sink.err != nil:
		return sink.err
	case err != nil:
		return err
	case version == "":
		return w.unreadable(errNoListVersion)
	case !sink.end():
		return errStopped
	}
	w.list.ResourceVersion, w.mustList, w.reached = version, false, true
	bookmark := w.make()
	metaOf(bookmark).ResourceVersion = version
	return w.bookmark(bookmark)
}

// bookmark yields a Bookmark event if the caller has asked for them.
func (w *watcher) bookmark(object any) error {
	if w.list.AllowWatchBookmarks && !w.yield(Bookmark, object) {
		return errStopped
	}
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
	req := &transport.Request{Method: http.MethodGet, Stream: true, Query: from.query(),
		Accept: w.accept}
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
	body := newItemReader(req, resp.Body, "an event")
	d := jsontext.NewDecoder(body)
	for {
		var event struct {
			Type   string         `json:"type"`
			Object jsontext.Value `json:"object"`
			Other  jsontext.Value `json:",embed"`
		}
		if err := json.UnmarshalDecode(d, &event); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil && body.failed() {
			return fmt.Errorf("watch %s: %w", w.describe(), err)
		} else if err != nil {
			return w.unreadable(err)
		}
		if event.Type == "" {
			return w.mismatch("a watch event", describeAnswer(event.Other))
		}
		if err := w.event(req, event.Type, event.Object); err != nil {
			return err
		}
		if ctx.Err() != nil { // the caller may have ended it at the event
			return nil
		}
		body.next(&event)
	}
}

// mismatch returns the error of a watch that is answered with something else than events of its
// kind.
func (w *watcher) mismatch(want, got string) error {
	return &transport.AnswerError{Method: watchMethod, Target: w.describe(), Want: want, Got: got}
}

// unreadable returns the error of an event that cannot be decoded.
func (w *watcher) unreadable(err error) error {
	return &transport.AnswerError{Method: watchMethod, Target: w.describe(), Err: err}
}

func (w *watcher) event(req *transport.Request, kind string, raw jsontext.Value) error {
	switch kind {
	case string(Added), string(Modified), string(Deleted), string(Bookmark):
	case "ERROR":
		var status transport.Status
		if err := json.Unmarshal(raw, &status); err != nil {
			return w.unreadable(err)
		}
		return transport.StatusFailure(watchMethod, w.describe(), status)
	default:
		return w.mismatch("a watch event", "an event of type "+strconv.Quote(kind))
	}
	object := w.make()
	if err := json.Unmarshal(raw, object); err != nil {
		return w.unreadable(err)
	}
	if kind != string(Bookmark) && metaOf(object).Name == "" {
		return w.unreadable(errNoEventName)
	}
	q := question{requester: w.requester, req: req}
	want, _ := q.kindOf()
	got, _ := headOf(raw)
	if !want.isOf(got.kind.value, got.apiVersion.value) {
		return w.mismatch("an event of a "+want.APIVersion()+" "+want.Kind, "an event of "+
			describeAnswer(raw))
	}
	version := metaOf(object).ResourceVersion
	if version != "" {
		w.list.ResourceVersion = version
	}
	if kind == string(Bookmark) {
		return w.bookmark(object)
	}
	if err := w.known.note(WatchEventType(kind), object); err != nil {
		return err
	}
	if !w.yield(WatchEventType(kind), object) {
		return errStopped
	}
	return nil
}
