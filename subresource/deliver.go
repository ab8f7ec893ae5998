package subresource

import (
	"errors"
	"fmt"
	"time"
)

// maxInlineWrite is how long a Write to Stdout or Stderr may block the goroutine that reads the
// socket. It is also how long received output may wait behind a message that is still incomplete.
const maxInlineWrite = 50 * time.Millisecond

// errTakenOver makes run return without ending the session: another goroutine reads the socket now.
var errTakenOver = errors.New("another goroutine reads the socket")

// deliver writes the buffered bytes of o to its writer.
//
// The goroutine that reads the socket calls deliver: waking another goroutine for each piece would
// cost most of the processor time (docs/design.md, Streams). If a Write takes longer than
// maxInlineWrite, onSlowWrite starts another goroutine that reads the socket. This one then writes
// o for the rest of the session, and deliver returns errTakenOver. All state of the reading must
// therefore be in s and s.ws.
//
// After a failed Write, deliver returns nil: writeFailed has ended the session.
func (s *Session) deliver(o *output) error {
	if o == nil || o.isEmpty() {
		return nil
	}
	s.mu.Lock()
	if !o.writtenByReader {
		s.mu.Unlock()
		return nil
	}
	s.delivering = o
	s.slowTimer.Reset(maxInlineWrite)
	counted := s.end.stop()
	s.mu.Unlock()

	err := o.drainBuffered()

	s.mu.Lock()
	takenOver := !o.writtenByReader
	if !takenOver {
		s.delivering = nil
		s.slowTimer.Stop()
	}
	s.mu.Unlock()
	if err != nil {
		s.writeFailed(o, err)
	}
	if !takenOver {
		if counted {
			s.end.start()
		}
		return nil
	}
	s.copyRest(o)
	s.copies.Done()
	return errTakenOver
}

// announceOutput wakes the readers of pipes, before the session waits for the network. It also sets
// the timer that hands off output which is not written yet.
func (s *Session) announceOutput() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range []*output{s.stdout, s.stderr} {
		if o.announce() && o.writtenByReader {
			s.slowTimer.Reset(maxInlineWrite)
		}
	}
}

// onSlowWrite runs when slowTimer fires. If a Write blocks the reading goroutine, onSlowWrite
// starts another one that reads. If the reading goroutine waits for the network, onSlowWrite starts
// a goroutine for each output that has bytes left.
func (s *Session) onSlowWrite() {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.delivering
	if o != nil {
		o.writtenByReader, s.delivering = false, nil
		s.copies.Add(1)
		go s.run()
		return
	}
	for _, o := range []*output{s.stdout, s.stderr} {
		if o != nil && !o.isEmpty() {
			s.handOff(o)
		}
	}
}

// endOutput marks the end of o, and has the rest of it written.
func (s *Session) endOutput(o *output) {
	if o == nil {
		return
	}
	o.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handOff(o)
}

// handOff starts a goroutine that writes o from now on. The caller holds mu.
func (s *Session) handOff(o *output) {
	if o.writtenByReader {
		o.writtenByReader = false
		s.copies.Go(func() { s.copyRest(o) })
	}
}

// copyRest writes o to its end.
func (s *Session) copyRest(o *output) {
	if err := o.drainUntilEnd(); err != nil {
		s.writeFailed(o, err)
	}
}

// writeFailed ends the session, as SIGPIPE would end a local program.
func (s *Session) writeFailed(o *output, err error) {
	err = fmt.Errorf("write %s: %w", o.name, err)
	s.copyFailed(err)
	_ = o.Close()
	s.abandon(err)
}
