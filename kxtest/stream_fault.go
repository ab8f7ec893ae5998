package kxtest

import (
	"context"
	"net/http"
	"time"
)

// streamFault is what goes wrong with a session.
type streamFault struct {
	bytes       int  // of output that are sent before it
	afterOutput bool // not after the status
	freeze      bool
	delay       time.Duration // before anything is sent; alone, nothing goes wrong
}

// streamFaultKey finds a request's streamFault in its context.
type streamFaultKey struct{}

// breakOff does what the fault says. The caller holds mu.
func (s *session) breakOff() {
	s.outputClosed = true
	if s.fault.freeze {
		s.out.freeze()
		return
	}
	s.out.reset()
}

// withStreamFault returns the request with a fault of its session.
func withStreamFault(r *http.Request, fault *streamFault) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), streamFaultKey{}, fault))
}
