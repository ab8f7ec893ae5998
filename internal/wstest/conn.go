package wstest

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// Conn is one end of a connection in memory. Each direction holds a bounded number of bytes, like
// the buffers of a network.
type Conn struct{ in, out *buffer }

// Pipe returns both ends of a connection that holds up to size bytes in each direction.
func Pipe(size int) (*Conn, *Conn) {
	a, b := newBuffer(size), newBuffer(size)
	return &Conn{in: a, out: b}, &Conn{in: b, out: a}
}

// Read waits for bytes. After the other end's Close it returns the remaining bytes, then io.EOF.
func (c *Conn) Read(p []byte) (int, error) { return c.in.read(p) }

// Write waits for room. After the other end's Close it fails with syscall.EPIPE.
func (c *Conn) Write(p []byte) (int, error) { return c.out.write(p) }

// Close closes both directions. Reads and writes of this end fail with net.ErrClosed.
func (c *Conn) Close() error {
	c.in.close(&c.in.readerClosed)
	c.out.close(&c.out.writerClosed)
	return nil
}

// CloseWrite closes the direction to the other end, which reads io.EOF after the remaining bytes.
func (c *Conn) CloseWrite() error {
	c.out.close(&c.out.writerClosed)
	return nil
}

// WaitClosed waits until the other end is closed.
func (c *Conn) WaitClosed() {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	for !c.out.readerClosed {
		c.out.changed.Wait()
	}
}

// buffer is one direction of a connection.
type buffer struct {
	mu           sync.Mutex
	changed      sync.Cond
	data         []byte // what is not read yet begins at start
	start        int
	size         int
	readerClosed bool
	writerClosed bool
}

func newBuffer(size int) *buffer {
	b := &buffer{size: size}
	b.changed.L = &b.mu
	return b
}

// unread returns the number of bytes that wait for a reader.
func (b *buffer) unread() int { return len(b.data) - b.start }

func (b *buffer) read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.readerClosed:
			return 0, net.ErrClosed
		case b.unread() > 0 || len(p) == 0:
			n := copy(p, b.data[b.start:])
			b.start += n
			b.changed.Broadcast()
			return n, nil
		case b.writerClosed:
			return 0, io.EOF
		}
		b.changed.Wait()
	}
}

func (b *buffer) write(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.writerClosed:
			return n, net.ErrClosed
		case b.readerClosed:
			return n, syscall.EPIPE
		case n == len(p):
			return n, nil
		case b.unread() < b.size:
			part := p[n:min(len(p), n+b.size-b.unread())]
			if b.unread() == 0 || b.start >= b.size {
				b.data, b.start = append(b.data[:0], b.data[b.start:]...), 0
			}
			b.data = append(b.data, part...)
			n += len(part)
			b.changed.Broadcast()
			continue
		}
		b.changed.Wait()
	}
}

func (b *buffer) close(side *bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*side = true
	b.changed.Broadcast()
}
