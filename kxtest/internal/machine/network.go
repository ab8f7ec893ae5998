package machine

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// backlog is the number of connections that wait to be accepted. Further ones are refused.
const backlog = 128

// Network has the ports on the loopback address that the containers of a pod share. It is in memory
// and opens no port of the host.
type Network struct {
	mu        sync.Mutex
	listeners map[int]*Listener
}

// NewNetwork returns a network without listeners.
func NewNetwork() *Network { return &Network{listeners: map[int]*Listener{}} }

// Dial connects to a port. It fails with syscall.ECONNREFUSED if nothing listens there.
func (n *Network) Dial(port int) (*Conn, error) {
	n.mu.Lock()
	l := n.listeners[port]
	n.mu.Unlock()
	if l == nil {
		return nil, syscall.ECONNREFUSED
	}
	local, remote := newConns(port)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.waiting) == cap(l.waiting) {
		return nil, syscall.ECONNREFUSED
	}
	l.waiting <- remote
	return local, nil
}

// Listen opens a port of the process's pod; port 0 selects a free one. The listener closes with the
// process.
func (p *Process) Listen(port int) (*Listener, error) {
	n := p.task.m.config.Network
	if n == nil {
		return nil, errors.New("the container has no network")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for free := 32768; port == 0; free++ {
		if n.listeners[free] == nil {
			port = free
		}
	}
	if n.listeners[port] != nil {
		return nil, errAddressInUse
	}
	l := &Listener{
		network: n,
		port:    port,
		owner:   p.task.ctx,
		waiting: make(chan *Conn, backlog),
		ended:   make(chan struct{}),
	}
	n.listeners[port] = l
	context.AfterFunc(p.task.ctx, func() { _ = l.Close() }) // never fails
	return l, nil
}

// Listener is a net.Listener on a port of a pod. Its connections close with its process.
type Listener struct {
	network *Network
	port    int
	owner   context.Context
	waiting chan *Conn

	mu     sync.Mutex
	closed bool
	ended  chan struct{}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.acceptUnowned()
	if err != nil {
		return nil, err
	}
	context.AfterFunc(l.owner, func() { _ = c.Close() }) // never fails
	return c, nil
}

// acceptUnowned is Accept for a connection that outlives the process.
func (l *Listener) acceptUnowned() (*Conn, error) {
	select {
	case c := <-l.waiting:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Close ends the listener and the connections that are not accepted yet.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.ended)
	l.network.mu.Lock()
	delete(l.network.listeners, l.port)
	l.network.mu.Unlock()
	for {
		select {
		case c := <-l.waiting:
			_ = c.Close() // never fails
		default:
			return nil
		}
	}
}

// Addr returns 127.0.0.1 and the port.
func (l *Listener) Addr() net.Addr { return loopback(l.port) }

type loopback int

func (loopback) Network() string  { return "tcp" }
func (a loopback) String() string { return "127.0.0.1:" + strconv.Itoa(int(a)) }

// Conn is one end of a connection. It implements net.Conn.
type Conn struct {
	in, out                     *pipe
	port                        int
	readDeadline, writeDeadline deadline
}

// newConns returns both ends of a connection.
func newConns(port int) (*Conn, *Conn) {
	a, b := newPipe(), newPipe()
	return &Conn{in: a, out: b, port: port}, &Conn{in: b, out: a, port: port}
}

// Read waits for bytes. It returns io.EOF after the other end's CloseWrite or Close.
func (c *Conn) Read(b []byte) (int, error) {
	return c.readDeadline.do(func(ctx context.Context) (int, error) { return c.in.read(ctx, b) })
}

// Write waits for room. It fails with syscall.EPIPE after the other end's Close.
func (c *Conn) Write(b []byte) (n int, err error) {
	return c.writeDeadline.do(func(ctx context.Context) (int, error) {
		more, err := c.out.write(ctx, b[n:])
		n += more
		return n, err
	})
}

// CloseWrite makes the other end read EOF.
func (c *Conn) CloseWrite() error {
	c.out.closeWrite()
	return nil
}

// Close ends both directions. The other end can still read what was written.
func (c *Conn) Close() error {
	c.in.closeRead()
	c.out.closeWrite()
	return nil
}

// LocalAddr returns the address that was dialled.
func (c *Conn) LocalAddr() net.Addr { return loopback(c.port) }

// RemoteAddr returns the address that was dialled.
func (c *Conn) RemoteAddr() net.Addr { return loopback(c.port) }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.readDeadline.set(t)
	c.writeDeadline.set(t)
	return nil
}

// SetReadDeadline makes Read fail with os.ErrDeadlineExceeded from t on. The zero time removes the
// deadline.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.readDeadline.set(t)
	return nil
}

// SetWriteDeadline makes Write fail with os.ErrDeadlineExceeded from t on. The zero time removes
// the deadline.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writeDeadline.set(t)
	return nil
}

// connFile is a connection as a file of a process.
type connFile struct{ conn *Conn }

func (f connFile) read(ctx context.Context, b []byte) (int, error) {
	return f.conn.in.read(ctx, b)
}
func (f connFile) write(ctx context.Context, b []byte) (int, error) {
	return f.conn.out.write(ctx, b)
}

// never fails
func (f connFile) close() { _ = f.conn.Close() }

// deadline can move while a call waits.
type deadline struct {
	mu  sync.Mutex
	ctx context.Context // nil until a deadline is set
	end context.CancelCauseFunc
}

var errDeadlineMoved = errors.New("the deadline was moved")

func (l *deadline) set(t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end != nil {
		l.end(errDeadlineMoved)
	}
	l.ctx, l.end = context.WithCancelCause(context.Background())
	if t.IsZero() {
		return
	}
	end := l.end
	wait := time.Until(t)
	if wait > 0 {
		time.AfterFunc(wait, func() { end(os.ErrDeadlineExceeded) })
	} else {
		end(os.ErrDeadlineExceeded)
	}
}

func (l *deadline) context() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx == nil {
		l.ctx, l.end = context.WithCancelCause(context.Background())
	}
	return l.ctx
}

// do calls wait, and calls it again if the deadline moved meanwhile. It returns the errors of a
// net.Conn.
func (l *deadline) do(wait func(context.Context) (int, error)) (int, error) {
	for {
		ctx := l.context()
		if errors.Is(context.Cause(ctx), os.ErrDeadlineExceeded) {
			return 0, os.ErrDeadlineExceeded
		}
		n, err := wait(ctx)
		switch {
		case errors.Is(err, errInterrupted) && errors.Is(context.Cause(ctx), errDeadlineMoved):
		case errors.Is(err, errInterrupted):
			return n, os.ErrDeadlineExceeded
		case errors.Is(err, errPipe):
			return n, syscall.EPIPE
		default:
			return n, err
		}
	}
}
