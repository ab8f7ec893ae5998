package stream

import (
	"context"
	"net/http"
	"time"
)

// Fault is what goes wrong with a session.
type Fault struct {
	AfterBytes   int  // of output that are sent before it
	BeforeStatus bool // not after the status
	Freeze       bool
	Delay        time.Duration // before anything is sent; alone, nothing goes wrong
}

// streamFaultKey finds a request's streamFault in its context.
type streamFaultKey struct{}

// breakOff does what the fault says. The caller holds mu.
func (s *Session) breakOff() {
	s.outputClosed = true
	if s.fault.Freeze {
		s.out.freeze()
		return
	}
	s.out.reset()
}

// WithFault returns the request with a fault of its session.
func WithFault(r *http.Request, fault *Fault) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), streamFaultKey{}, fault))
}
