package wstest

import (
	"io"
	"net"
	"sync"
	"syscall"
)

// Conn is one end of a connection in memory. Each way holds a bounded number of bytes, as the buffers of a network do.
type Conn struct{ in, out *buffer }

// Pipe gives both ends of a connection that holds up to size bytes each way.
func Pipe(size int) (*Conn, *Conn) {
	a, b := newBuffer(size), newBuffer(size)
	return &Conn{in: a, out: b}, &Conn{in: b, out: a}
}

// Read waits for bytes. After the other end's Close it gives what is left and then io.EOF.
func (c *Conn) Read(p []byte) (int, error) { return c.in.read(p) }

// Write waits for room. After the other end's Close it gives syscall.EPIPE.
func (c *Conn) Write(p []byte) (int, error) { return c.out.write(p) }

// Close ends both ways; who reads or writes here gets net.ErrClosed.
func (c *Conn) Close() error {
	c.in.close(&c.in.reader)
	c.out.close(&c.out.writer)
	return nil
}

// WaitClosed waits for the other end's Close.
func (c *Conn) WaitClosed() {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	for !c.out.reader {
		c.out.changed.Wait()
	}
}

// buffer is one way of a connection.
type buffer struct {
	mu             sync.Mutex
	changed        sync.Cond
	data           []byte
	size           int
	reader, writer bool // closed by it
}

func newBuffer(size int) *buffer {
	b := &buffer{size: size}
	b.changed.L = &b.mu
	return b
}

func (b *buffer) read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case b.reader:
			return 0, net.ErrClosed
		case len(b.data) > 0 || len(p) == 0:
			n := copy(p, b.data)
			b.data = append(b.data[:0], b.data[n:]...)
			b.changed.Broadcast()
			return n, nil
		case b.writer:
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
		case b.writer:
			return n, net.ErrClosed
		case b.reader:
			return n, syscall.EPIPE
		case n == len(p):
			return n, nil
		case len(b.data) < b.size:
			part := p[n:min(len(p), n+b.size-len(b.data))]
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

// CloseWrite ends the way to the other end, which reads io.EOF after what is left.
func (c *Conn) CloseWrite() error {
	c.out.close(&c.out.writer)
	return nil
}
