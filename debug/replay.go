package debug

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// maxReplay bounds how much of stdin is read before it is certain that a program takes it.
const maxReplay = 64 << 10

// replay hands one stdin to several attempts to attach, of which all but the last reach no program: what an earlier one has read comes again.
type replay struct {
	source io.Reader
	taken  func()    // called when some of it is handed on
	record io.Writer // gets it once; nil when nobody wants it

	mu      sync.Mutex
	changed sync.Cond
	kept    []byte // what was read, from the start; nil once it is certain who takes it
	certain bool
	gone    bool  // some of what was read is not kept any more
	reading bool  // a Read of the source is under way
	err     error // the source's last
}

func newReplay(source io.Reader, taken func()) *replay {
	r := &replay{source: source, taken: taken}
	r.changed.L = &r.mu
	return r
}

// attempt gives stdin from its start. The reader of an earlier attempt ends.
func (r *replay) attempt() *attempt { return &attempt{replay: r} }

// settle says that the reader which is in use stays the one.
func (r *replay) settle() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.certain = true
	r.changed.Broadcast()
}

// spent tells whether another attempt would not get all of it.
func (r *replay) spent() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone
}

// attempt is the stdin of one attempt.
type attempt struct {
	*replay
	offset int
	over   bool
}

// Read reads the source only while nothing that was read before is left.
func (a *attempt) Read(p []byte) (int, error) {
	n, err := a.read(p)
	if n > 0 {
		a.taken()
	}
	return n, err
}

func (a *attempt) read(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		switch {
		case a.over:
			return 0, io.ErrClosedPipe
		case a.offset < len(a.kept):
			n := copy(p, a.kept[a.offset:])
			a.offset += n
			if a.certain && a.offset == len(a.kept) {
				a.kept, a.offset, a.gone = nil, 0, true
			}
			return n, nil
		case a.err != nil:
			return 0, a.err
		case a.reading, !a.certain && len(a.kept) >= maxReplay:
			a.changed.Wait()
			continue
		}
		if !a.certain {
			p = p[:min(len(p), maxReplay-len(a.kept))]
		}
		a.reading = true
		a.mu.Unlock()
		n, err := a.source.Read(p)
		if a.record != nil {
			_, _ = a.record.Write(p[:n]) // before the answer to it can come; it never fails
		}
		a.mu.Lock()
		a.reading = false
		a.changed.Broadcast()
		interrupted := errors.Is(err, os.ErrDeadlineExceeded)
		if err != nil && !interrupted {
			a.err = err
		}
		if a.certain && !a.over && a.offset == len(a.kept) {
			a.gone = a.gone || len(a.kept)+n > 0
			a.kept, a.offset = nil, 0
			return n, err
		}
		a.kept = append(a.kept, p[:n]...)
		if n == 0 && err != nil {
			return 0, err
		}
	}
}

// SetReadDeadline is the source's. A session calls it when it has ended, so as to take nothing that is no longer for it.
func (a *attempt) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		a.end()
	}
	if source, ok := a.source.(interface{ SetReadDeadline(time.Time) error }); ok {
		return source.SetReadDeadline(t)
	}
	return os.ErrNoDeadline
}

// end says that nobody uses this attempt any more: what it still reads is for the next.
func (a *attempt) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	a.changed.Broadcast()
}
