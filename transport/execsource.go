package transport

import (
	"context"
	"crypto/tls"
	"sync"
)

// execSource gives the credentials that a plugin makes: the latest while they hold, and else those of a new run, of which there is one at a time.
type execSource struct {
	make    func(context.Context) (*execCredential, error)
	present func(*tls.Certificate) // has connections use a client certificate, or none

	mu      sync.Mutex
	current *execCredential
	running *execRun
}

// execRun is a run of the plugin, which others may wait for.
type execRun struct {
	done       chan struct{}
	credential *execCredential
	err        error
	abandoned  bool // the request that it was for has ended: no answer for others
}

// get gives a credential other than refused, which may be nil; the contents may be the same all the same.
// Who comes while the plugin runs waits for that run and shares its outcome, an error too. When the request that has it run is cancelled,
// another takes its place.
func (s *execSource) get(ctx context.Context, refused *execCredential) (*execCredential, error) {
	for {
		s.mu.Lock()
		c := s.current
		if c != nil && c != refused && c.holds() {
			s.mu.Unlock()
			return c, nil
		}
		run := s.running
		if run == nil {
			run = &execRun{done: make(chan struct{})}
			s.running = run
			s.mu.Unlock()
			s.run(ctx, run)
			return run.credential, run.err
		}
		s.mu.Unlock()
		select {
		case <-run.done:
			if !run.abandoned {
				return run.credential, run.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *execSource) run(ctx context.Context, run *execRun) {
	run.abandoned = true // should make panic
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running = nil
		close(run.done)
	}()
	run.credential, run.err = s.make(ctx)
	run.abandoned = run.err != nil && ctx.Err() != nil
	if run.err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = run.credential
	s.present(s.current.certificate)
}

// renew has the plugin run again after the server refused a credential, unless another request has done so already, and reports whether there is another now.
func (s *execSource) renew(ctx context.Context, refused *execCredential) (bool, error) {
	c, err := s.get(ctx, refused)
	return err == nil && !c.same(refused), err
}

// latest gives the credential that was made last, nil before the first.
func (s *execSource) latest() *execCredential {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}
