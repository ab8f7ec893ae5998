package subresource

import (
	"errors"
	"fmt"
	"time"
)

// writeWithin is how long a Write to Stdout or Stderr may keep the goroutine that reads the socket, and how long what came may wait for that.
const writeWithin = 50 * time.Millisecond

// errTakenOver says to the goroutine which read the socket that another does now.
var errTakenOver = errors.New("another goroutine reads the socket")

// deliver writes what there is of an output. The goroutine that reads the socket does so itself, since to wake another for each piece is more work than all the rest.
// Where a Write takes long, another goroutine goes on reading, and this one stays with the output for the rest of the session; it gets errTakenOver then.
// Whoever calls must be able to go on where this one was: all that reading has come to is in s and s.ws.
func (s *Session) deliver(o *output) error {
	if o == nil || o.isEmpty() {
		return nil
	}
	s.mu.Lock()
	if !o.direct {
		s.mu.Unlock()
		return nil
	}
	s.delivering = o
	s.patience.Reset(writeWithin)
	s.mu.Unlock()

	err := o.copyHere()

	s.mu.Lock()
	takenOver := !o.direct
	if !takenOver {
		s.delivering = nil
		s.patience.Stop()
	}
	s.mu.Unlock()
	if err != nil {
		s.writeFailed(o, err)
	}
	if !takenOver {
		return nil
	}
	s.copyRest(o)
	s.copies.Done()
	return errTakenOver
}

// show hands over what came, before reading waits for more. What is not written by then, since it came with the beginning of something more,
// is not held back for long.
func (s *Session) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range []*output{s.stdout, s.stderr} {
		if o.show() && o.direct {
			s.patience.Reset(writeWithin)
		}
	}
}

// standIn helps the goroutine that reads the socket when that takes long: another one reads while it is writing, or others write while it is reading.
func (s *Session) standIn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.delivering; o != nil {
		o.direct, s.delivering = false, nil
		s.copies.Add(1)
		go s.run()
		return
	}
	for _, o := range []*output{s.stdout, s.stderr} {
		if o != nil && !o.isEmpty() {
			s.handOver(o)
		}
	}
}

// endOutput says that nothing more comes, and has the rest written.
func (s *Session) endOutput(o *output) {
	if o == nil {
		return
	}
	o.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handOver(o)
}

// handOver has a goroutine of its own write an output from now on, with mu held.
func (s *Session) handOver(o *output) {
	if o.direct {
		o.direct = false
		s.copies.Go(func() { s.copyRest(o) })
	}
}

// copyRest writes an output to its end.
func (s *Session) copyRest(o *output) {
	if err := o.copyAll(); err != nil {
		s.writeFailed(o, err)
	}
}

// writeFailed ends the session, as a local program would end that nobody listens to.
func (s *Session) writeFailed(o *output, err error) {
	err = fmt.Errorf("write %s: %w", o.name, err)
	s.copyFailed(err)
	_ = o.Close()
	s.abandon(err)
}
