package transport

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport/internal/text"
)

// ConnectionError reports that no complete answer arrived: the server could not be reached, TLS
// failed, or the connection was lost, perhaps within the answer. It wraps the cause.
type ConnectionError struct {
	Method, Path string
	// Server is the host and port of the server.
	Server string
	// Source is the configuration that names the server.
	Source kubeconfig.Source
	// Sent is true if the request was sent before the connection was lost.
	Sent bool
	// OutcomeUnknown is true if a write was sent: it may have been carried out.
	OutcomeUnknown bool
	// Err is the cause.
	Err error

	advice string
}

// Error returns one line: the request, the server and its configuration, the cause and the remedy.
func (e *ConnectionError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	if e.Sent {
		fmt.Fprintf(&b, "the connection to %s was lost", e.Server)
	} else {
		fmt.Fprintf(&b, "cannot reach %s", e.Server)
	}
	source := describeSource(e.Source)
	if source != "" && !serverReplaced(e.Source) {
		b.WriteString(" (" + source + ")")
	}
	b.WriteString(": " + text.OneLine(cause(e.Err).Error()))
	if e.advice != "" {
		b.WriteString("; " + e.advice)
	}
	if e.OutcomeUnknown {
		b.WriteString("; " + outcomeUnknownAdvice)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *ConnectionError) Unwrap() error { return e.Err }

// Is matches ErrOutcomeUnknown if OutcomeUnknown is set.
func (e *ConnectionError) Is(target error) bool {
	return target == ErrOutcomeUnknown && e.OutcomeUnknown
}

// requestError returns the error of a request without an answer, which failed with err.
func (c *Client) requestError(req *Request, target *url.URL, err error, state *requestState) error {
	limit := state.limit
	refusal := ""
	if state.refusal != nil {
		e := c.statusError(req, target, state.refusal, state.refusal.Body)
		refusal = e.reason()
	}
	sent := state.sent.Load() && !refusedCertificate(err)
	unknown := sent && !req.idempotent()
	var plugin *ExecPluginError
	switch {
	case limit.expired():
		e := limit.newError(req, target, unknown)
		e.Refusal = refusal
		if state.connecting.Load() {
			e.unconnected, e.advice = c.describeRoute()
		}
		return e
	case limit.ctx.Err() != nil:
		return newCanceledError(limit.ctx, req, target, unknown, refusal)
	case errors.As(err, &plugin):
		return plugin
	}
	return &ConnectionError{
		Method: req.Method, Path: target.EscapedPath(), Server: target.Host, Source: c.source,
		Sent: sent, OutcomeUnknown: unknown, Err: cause(err), advice: c.advise(err),
	}
}

// bodyError returns the error of an answer whose body was cut off with err.
// The outcome of a write is then unknown, because only the answer would report it.
func (c *Client) bodyError(req *Request, target *url.URL, err error, limit *timeLimit) error {
	unknown := !req.idempotent()
	switch {
	case limit.expired():
		return limit.newError(req, target, unknown)
	case limit.ctx.Err() != nil:
		return newCanceledError(limit.ctx, req, target, unknown, "")
	}
	return &ConnectionError{
		Method: req.Method, Path: target.EscapedPath(), Server: target.Host, Source: c.source,
		Sent: true, OutcomeUnknown: unknown, Err: fmt.Errorf("the answer was cut off: %w",
			cause(err)),
	}
}

// cause removes the layers of err that repeat the URL.
func cause(err error) error {
	for {
		u, ok := err.(*url.Error) //nolint:errorlint // a layer further in stays
		if !ok {
			return err
		}
		err = u.Err
	}
}
