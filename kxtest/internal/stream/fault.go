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
	// Refusal is the message of the failure that an exec or attach reports once After is closed, in
	// place of its container's output. After may be nil.
	Refusal string
	After   <-chan struct{}
}

// streamFaultKey is the context key of a request's Fault.
type streamFaultKey struct{}

// Refusal waits until the fault lets the session go on, and returns the message with which it must
// fail, or "".
func (s *Session) Refusal(ctx context.Context) string {
	if s.fault == nil || s.fault.Refusal == "" {
		return ""
	}
	refusal, after := s.fault.Refusal, s.fault.After
	s.fault = nil
	if after != nil {
		select {
		case <-after:
		case <-ctx.Done():
		}
	}
	return refusal
}

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
