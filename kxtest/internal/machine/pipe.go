package machine

import (
	"context"
	"io"
	"sync"
)

// pipeSize is what a pipe holds, as in Linux.
const pipeSize = 64 << 10

// pipe is a buffer between processes. A reader waits for data or the last writer's end, a writer for room or the last reader's end.
type pipe struct {
	mu               sync.Mutex
	buffer           []byte // allocated with the first write
	start, length    int
	readers, writers int
	changed          chan struct{} // closed and replaced when somebody may go on; nil while nobody waits
}

func newPipe() *pipe { return &pipe{readers: 1, writers: 1} }

// wait lets go of the lock until something changes.
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

// put stores what there is room for.
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

// tryWrite stores all of b or nothing: a terminal's echo may not wait.
func (p *pipe) tryWrite(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.length+len(b) <= pipeSize {
		p.put(b)
	}
}

// discard drops what nobody has read.
func (p *pipe) discard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.length = 0
	p.wake()
}

// abandon drops what is in the pipe, and ends both sides.
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
