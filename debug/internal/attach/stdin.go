package attach

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// maxKept is how many bytes of stdin are read before an attempt is final. 64 KiB is what a pipe of
// Linux holds.
const maxKept = 64 << 10

// rewindableStdin gives one stdin to several attempts to attach. All attempts but the last reach no
// program. Each attempt therefore reads stdin from its start, until final is called.
type rewindableStdin struct {
	source io.Reader
	onRead func()    // called each time some of stdin is returned
	record io.Writer // gets stdin once; nil for no record

	mu      sync.Mutex
	changed sync.Cond
	// all that was read from the source; nil once the attempt is final and has read it
	kept    []byte
	isFinal bool  // no other attempt follows
	lossy   bool  // some of what was read is not kept any more
	reading bool  // a Read of the source is under way
	err     error // the last error of the source
}

func newRewindableStdin(source io.Reader, onRead func()) *rewindableStdin {
	r := &rewindableStdin{source: source, onRead: onRead}
	r.changed.L = &r.mu
	return r
}

// rewind returns a reader of stdin from its start. The caller ends the reader of an earlier
// attempt.
func (r *rewindableStdin) rewind() *stdinReader { return &stdinReader{rewindableStdin: r} }

// final makes the attempt that is under way the last one: what it reads is not kept from now on.
// It does nothing on nil.
func (r *rewindableStdin) final() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isFinal = true
	r.changed.Broadcast()
}

// spent reports whether another attempt would lack some of stdin. It returns false on nil.
func (r *rewindableStdin) spent() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lossy
}

// stdinReader is the stdin of one attempt.
type stdinReader struct {
	*rewindableStdin
	offset int
	closed bool
}

// Read returns kept bytes first, and reads the source when none are left.
func (a *stdinReader) Read(p []byte) (int, error) {
	n, err := a.readNext(p)
	if n > 0 {
		a.onRead()
	}
	return n, err
}

// readNext is Read without the call of onRead.
func (a *stdinReader) readNext(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		switch {
		case a.closed:
			return 0, io.ErrClosedPipe
		case a.offset < len(a.kept):
			n := copy(p, a.kept[a.offset:])
			a.offset += n
			if a.isFinal && a.offset == len(a.kept) {
				a.kept, a.offset, a.lossy = nil, 0, true
			}
			return n, nil
		case a.err != nil:
			return 0, a.err
		case a.reading, !a.isFinal && len(a.kept) >= maxKept:
			a.changed.Wait()
			continue
		}
		if !a.isFinal {
			p = p[:min(len(p), maxKept-len(a.kept))]
		}
		a.reading = true
		a.mu.Unlock()
		n, err := a.source.Read(p)
		if a.record != nil {
			// before the program can answer; a Recorder returns no error
			_, _ = a.record.Write(p[:n])
		}
		a.mu.Lock()
		a.reading = false
		a.changed.Broadcast()
		interrupted := errors.Is(err, os.ErrDeadlineExceeded)
		if err != nil && !interrupted {
			a.err = err
		}
		if a.isFinal && !a.closed && a.offset == len(a.kept) {
			a.lossy = a.lossy || len(a.kept)+n > 0
			a.kept, a.offset = nil, 0
			return n, err
		}
		a.kept = append(a.kept, p[:n]...)
		if n == 0 && err != nil {
			return 0, err
		}
	}
}

// SetReadDeadline sets the deadline of the source. A session calls it when it ends, and closes the
// reader with it: what the source returns later is kept for the next attempt.
func (a *stdinReader) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		a.close()
	}
	if source, ok := a.source.(interface{ SetReadDeadline(time.Time) error }); ok {
		return source.SetReadDeadline(t)
	}
	return os.ErrNoDeadline
}

// close ends the attempt. What a Read under way returns is kept for the next attempt.
func (a *stdinReader) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.changed.Broadcast()
}
