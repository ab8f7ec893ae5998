package transport

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// ConnectionError says that no answer came: the server could not be reached, TLS failed, or the connection was lost.
// It wraps the cause.
type ConnectionError struct {
	Method, Path string
	// Server is the address that was asked, and Source where the configuration says so.
	Server string
	Source kubeconfig.Source
	// Sent is true when the request had gone out before the connection was lost.
	Sent bool
	// OutcomeUnknown is true for a write that had gone out: it may have happened.
	OutcomeUnknown bool
	Err            error

	advice string
}

// Error gives one line: the request, the address and where it comes from, the cause, and what to do.
func (e *ConnectionError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	if e.Sent {
		fmt.Fprintf(&b, "the connection to %s was lost", e.Server)
	} else {
		fmt.Fprintf(&b, "cannot reach %s", e.Server)
	}
	from := describeSource(e.Source)
	if from != "" && (e.Source.Context == "" || e.Source.Cluster != "") {
		b.WriteString(" (" + from + ")")
	}
	b.WriteString(": " + oneLine(cause(e.Err).Error()))
	if e.advice != "" {
		b.WriteString("; " + e.advice)
	}
	if e.OutcomeUnknown {
		b.WriteString("; " + outcomeUnknownAdvice)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *ConnectionError) Unwrap() error { return e.Err }

// Is matches ErrOutcomeUnknown where that holds.
func (e *ConnectionError) Is(target error) bool {
	return target == ErrOutcomeUnknown && e.OutcomeUnknown
}

// lost makes the error of a request that got no answer.
func (c *Client) lost(req *Request, target *url.URL, err error, call *call) error {
	w, sent := call.limit, call.sent.Load() && !refusedCertificate(err)
	unknown := sent && !req.idempotent()
	var plugin *ExecPluginError
	switch {
	case w.expired():
		e := &TimeoutError{Method: req.Method, Path: target.EscapedPath(), Limit: c.timeoutFor(req), OutcomeUnknown: unknown}
		if call.connecting.Load() {
			e.unconnected, e.advice = c.describeWay()
		}
		return e
	case w.ctx.Err() != nil:
		return &canceledError{method: req.Method, path: target.EscapedPath(), unknown: unknown, kind: w.ctx.Err(), cause: context.Cause(w.ctx)}
	case errors.As(err, &plugin):
		return plugin
	}
	return &ConnectionError{
		Method: req.Method, Path: target.EscapedPath(), Server: target.Host, Source: c.source,
		Sent: sent, OutcomeUnknown: unknown, Err: cause(err), advice: c.advise(err),
	}
}

// lostBody makes the error of an answer that was cut off. Of a write the caller cannot tell whether it happened: the answer alone would say.
func (c *Client) lostBody(req *Request, target *url.URL, err error, w *wait) error {
	unknown := !req.idempotent()
	switch {
	case w.expired():
		return &TimeoutError{Method: req.Method, Path: target.EscapedPath(), Limit: c.timeoutFor(req), OutcomeUnknown: unknown}
	case w.ctx.Err() != nil:
		return &canceledError{method: req.Method, path: target.EscapedPath(), unknown: unknown, kind: w.ctx.Err(), cause: context.Cause(w.ctx)}
	}
	return &ConnectionError{
		Method: req.Method, Path: target.EscapedPath(), Server: target.Host, Source: c.source,
		Sent: true, OutcomeUnknown: unknown, Err: fmt.Errorf("the answer was cut off: %w", cause(err)),
	}
}

// cause strips the layers that repeat the URL.
func cause(err error) error {
	for {
		u, ok := err.(*url.Error)
		if !ok {
			return err
		}
		err = u.Err
	}
}
