package stream

import (
	"context"
	"net/http"
	"time"
)

// Fault is what goes wrong with a session.
type Fault struct {
	AfterBytes   int  // bytes of output to send first
	BeforeStatus bool // break off before the status, not after it
	Freeze       bool
	Delay        time.Duration // before anything is sent; with a delay nothing else goes wrong
}

// streamFaultKey is the context key of a request's Fault.
type streamFaultKey struct{}

// breakOff applies the fault. The caller holds mu.
func (s *Session) breakOff() {
	s.outputClosed = true
	if s.fault.Freeze {
		s.out.freeze()
		return
	}
	s.out.reset()
}

// WithFault returns the request with a fault for its session.
func WithFault(r *http.Request, fault *Fault) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), streamFaultKey{}, fault))
}
