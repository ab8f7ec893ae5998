package resources

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/kx-k8s/kx/transport"
)

// waiter is a WaitFor without a type parameter.
type waiter struct {
	requester
	name    string
	options options
	make    func() any // returns a pointer
	// check is the condition of an existing object. It is nil in a wait for event.
	check func(object any) (Progress, error)
	event WatchEventType

	uid      string // of the object, once the wait has seen it
	waiting  string // what the wait is for
	outcome  error  // of the wait, once it has ended
	hasEnded bool
}

// run waits until the condition is met or fails.
func (w *waiter) run(ctx context.Context) error {
	target := w.describe(w.name)
	// The same check as that of a single object: a name is not unique in all namespaces.
	if err := w.complete(&w.options, &transport.Request{Method: http.MethodGet},
		w.name); err != nil {
		return err
	}
	var pause backoff
	for {
		expired, err := w.listAndWatch(ctx)
		switch {
		case w.hasEnded && w.outcome != nil:
			return fmt.Errorf("wait for %s: %w", target, w.outcome)
		case w.hasEnded:
			return nil
		case ctx.Err() != nil && w.waiting != "":
			return fmt.Errorf("wait for %s: %w: %s", target, context.Cause(ctx), w.waiting)
		case ctx.Err() != nil:
			return fmt.Errorf("wait for %s: %w", target, context.Cause(ctx))
		case !expired:
			return err
		}
		pause.wait(ctx)
	}
}

// listAndWatch looks at the object and its changes until the wait has ended or an error ends the
// watch. expired reports whether the error is that a version or a token has expired, so that
// another list may succeed.
func (w *waiter) listAndWatch(ctx context.Context) (expired bool, err error) {
	only := ListOptions{FieldSelector: "metadata.name=" + escapeSelector.Replace(w.name)}
	items, found := 0, false
	version, err := w.eachItem(ctx, "", only, &w.options, itemSink{
		make: w.make,
		yield: func(object any) bool {
			items++
			found = found || metaOf(object).Name == w.name
			return w.onEvent(Added, object)
		},
		consistent: true,
	})
	if err == nil && !found {
		err = w.onAbsent()
	}
	if err != nil || w.hasEnded {
		return items > 0 && errors.Is(err, transport.ErrGone), err
	}
	only.ResourceVersion = version
	watch := watcher{requester: w.requester, list: only, options: w.options, reached: true,
		make: w.make, yield: w.onEvent}
	err = watch.run(ctx)
	return errors.Is(err, transport.ErrGone), err
}

// escapeSelector escapes a value of a field selector.
var escapeSelector = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `=`, `\=`)

// onAbsent handles a list without the object.
func (w *waiter) onAbsent() error {
	switch {
	case w.event == Deleted:
		w.end(nil)
	case w.uid != "":
		w.end(errDeleted())
	case w.event == Added:
		w.waiting = "it does not exist"
	default:
		return transport.StatusFailure(http.MethodGet, w.describe(w.name), transport.Status{
			Code: http.StatusNotFound, Reason: "NotFound",
			Message: fmt.Sprintf("%s %q not found", w.kind, w.name),
		})
	}
	return nil
}

// onEvent handles a state of the object. It returns false when the wait has ended. It ignores other
// objects, which a server sends that does not know the field selector.
func (w *waiter) onEvent(kind WatchEventType, object any) bool {
	if metaOf(object).Name != w.name {
		return true
	}
	uid := metaOf(object).UID
	replaced := w.uid != "" && w.uid != uid
	w.uid = uid
	switch {
	case w.event == Deleted:
		if kind == Deleted || replaced {
			return w.end(nil)
		}
		w.waiting = "it still exists"
	case kind == Deleted || replaced:
		return w.end(errDeleted())
	case w.event == Added:
		return w.end(nil)
	default:
		progress, err := w.check(object)
		if progress.Done || err != nil {
			return w.end(err)
		}
		w.waiting = oneLine(progress.Message)
	}
	return true
}

func (w *waiter) end(outcome error) bool {
	w.hasEnded, w.outcome = true, outcome
	return false
}

func errDeleted() error { return &WaitError{"Deleted", "the object was deleted"} }

// typed fills in the kind of an item of a list, which the server leaves out.
func (w *waiter) typed(object *Object) *Object {
	if object.Kind == "" {
		object.Kind, object.APIVersion = w.kind.Kind, w.kind.APIVersion()
	}
	return object
}
