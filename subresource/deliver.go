package subresource

import (
	"errors"
	"fmt"
	"time"
)

// writeWithin is how long a Write to Stdout or Stderr may keep the goroutine that reads the socket.
const writeWithin = 50 * time.Millisecond

// errTakenOver says to the goroutine which read the socket that another does now.
var errTakenOver = errors.New("another goroutine reads the socket")

// deliver writes what there is of an output. The goroutine that reads the socket does so itself, since to wake another for each piece is more work than all the rest.
// Where a Write takes long, another goroutine goes on reading, and this one stays with the output for the rest of the session; it gets errTakenOver then.
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

// standIn has another goroutine read the socket while the one that did is writing.
func (s *Session) standIn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.delivering
	if o == nil {
		return // it has just been done
	}
	o.direct, s.delivering = false, nil
	s.copies.Add(1)
	go s.run()
}

// endOutput says that nothing more comes, and has the rest written.
func (s *Session) endOutput(o *output) {
	if o == nil {
		return
	}
	o.end()
	s.mu.Lock()
	defer s.mu.Unlock()
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
