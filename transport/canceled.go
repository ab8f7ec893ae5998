package transport

import (
	"context"
	"fmt"
	"net/url"

	"github.com/kx-k8s/kx/transport/internal/text"
)

// canceledError reports that the caller's context ended. It matches the context's error and cause.
type canceledError struct {
	method, path string
	unknown      bool
	refusal      string // as in TimeoutError
	kind         error  // context.Canceled or context.DeadlineExceeded
	cause        error  // context.Cause
}

// newCanceledError returns the error of a request whose context ctx has ended.
func newCanceledError(ctx context.Context, req *Request, target *url.URL,
	unknown bool, refusal string) *canceledError {
	return &canceledError{
		method: req.Method, path: target.EscapedPath(), unknown: unknown, refusal: refusal,
		kind: ctx.Err(), cause: context.Cause(ctx),
	}
}

func (e *canceledError) Error() string {
	s := fmt.Sprintf("%s %s: %s", e.method, e.path, text.OneLine(e.cause.Error()))
	if e.refusal != "" {
		s += afterRefusal + e.refusal
	}
	if e.unknown {
		s += "; " + outcomeUnknownAdvice
	}
	return s
}

func (e *canceledError) Unwrap() []error { return []error{e.kind, e.cause} }

func (e *canceledError) Is(target error) bool { return target == ErrOutcomeUnknown && e.unknown }
