package machine

import (
	"context"
	"io"
	"sync"
)

// pipeSize is the capacity of a pipe, as in Linux.
const pipeSize = 64 << 10

// pipe is a buffer between processes. A reader waits for bytes or for the last writer to close; a
// writer waits for room or for the last reader to close.
type pipe struct {
	mu               sync.Mutex
	buffer           []byte // allocated by the first write
	start, length    int
	readers, writers int
	changed          chan struct{} // closed and replaced at each change; nil while no call waits
}

func newPipe() *pipe { return &pipe{readers: 1, writers: 1} }

// wait releases the lock until something changes.
func (p *pipe) wait(ctx context.Context) error {
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	changed := p.changed
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return errInterrupted
	}
}

func (p *pipe) wake() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

func (p *pipe) read(ctx context.Context, b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.length == 0 {
		if p.writers == 0 {
			return 0, io.EOF
		}
		if err := p.wait(ctx); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.buffer[p.start:min(p.start+p.length, pipeSize)])
	if n < len(b) && n < p.length {
		n += copy(b[n:], p.buffer[:p.length-n])
	}
	p.start, p.length = (p.start+n)%pipeSize, p.length-n
	p.wake()
	return n, nil
}

func (p *pipe) write(ctx context.Context, b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for done := 0; ; {
		if p.readers == 0 || p.writers == 0 {
			return done, errPipe
		}
		n := p.put(b[done:])
		done += n
		if done == len(b) {
			return done, nil
		}
		if err := p.wait(ctx); err != nil {
			return done, err
		}
	}
}

// put stores as many bytes as there is room for.
func (p *pipe) put(b []byte) int {
	if p.buffer == nil {
		p.buffer = make([]byte, pipeSize)
	}
	b = b[:min(len(b), pipeSize-p.length)]
	n := copy(p.buffer[(p.start+p.length)%pipeSize:], b)
	copy(p.buffer, b[n:])
	p.length += len(b)
	if len(b) > 0 {
		p.wake()
	}
	return len(b)
}

// tryWrite stores all of b or nothing, because the echo of a terminal may not block.
func (p *pipe) tryWrite(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.length+len(b) <= pipeSize {
		p.put(b)
	}
}

// discard drops the unread bytes.
func (p *pipe) discard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.length = 0
	p.wake()
}

// abandon drops the unread bytes and closes both ends.
func (p *pipe) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.length, p.readers, p.writers = 0, 0, 0
	p.wake()
}

func (p *pipe) closeRead() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readers = 0
	p.wake()
}

func (p *pipe) closeWrite() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writers = 0
	p.wake()
}

// readEnd and writeEnd are the two files of a pipe.
type readEnd struct{ *pipe }

func (r readEnd) read(ctx context.Context, b []byte) (int, error) { return r.pipe.read(ctx, b) }
func (readEnd) write(context.Context, []byte) (int, error)        { return 0, errBadFile }
func (r readEnd) close()                                          { r.closeRead() }

type writeEnd struct{ *pipe }

func (writeEnd) read(context.Context, []byte) (int, error)          { return 0, errBadFile }
func (w writeEnd) write(ctx context.Context, b []byte) (int, error) { return w.pipe.write(ctx, b) }
func (w writeEnd) close()                                           { w.closeWrite() }
