package transport

import "fmt"

// canceledError is a request that its caller gave up on. It matches both the context's error and its cause.
type canceledError struct {
	method, path string
	unknown      bool
	kind, cause  error // context.Canceled or context.DeadlineExceeded, and context.Cause
}

func (e *canceledError) Error() string {
	s := fmt.Sprintf("%s %s: %s", e.method, e.path, oneLine(e.cause.Error()))
	if e.unknown {
		s += "; " + outcomeUnknownAdvice
	}
	return s
}

func (e *canceledError) Unwrap() []error { return []error{e.kind, e.cause} }

func (e *canceledError) Is(target error) bool { return target == ErrOutcomeUnknown && e.unknown }
