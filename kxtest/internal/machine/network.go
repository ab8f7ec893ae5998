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

// backlog is how many connections wait to be accepted; more are refused.
const backlog = 128

// Network is what the containers of a pod share: the ports of its loopback address. It is in memory, and no port is one of the host's.
type Network struct {
	mu        sync.Mutex
	listeners map[int]*Listener
}

// NewNetwork makes a network in which nothing listens.
func NewNetwork() *Network { return &Network{listeners: map[int]*Listener{}} }

// Dial connects to a port. The error is syscall.ECONNREFUSED when nothing listens there.
func (n *Network) Dial(port int) (*Conn, error) {
	n.mu.Lock()
	l := n.listeners[port]
	n.mu.Unlock()
	if l == nil {
		return nil, syscall.ECONNREFUSED
	}
	here, there := newConns(port)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.waiting) == cap(l.waiting) {
		return nil, syscall.ECONNREFUSED
	}
	l.waiting <- there
	return here, nil
}

// Listen opens a port of the process's pod; 0 is any that is free. It closes with the process.
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
	l := &Listener{network: n, port: port, owner: p.task.ctx, waiting: make(chan *Conn, backlog), ended: make(chan struct{})}
	n.listeners[port] = l
	context.AfterFunc(p.task.ctx, func() { _ = l.Close() }) // never fails
	return l, nil
}

// Listener is a net.Listener on a port of a pod. What it accepts closes with its process.
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
	c, err := l.accept()
	if err != nil {
		return nil, err
	}
	context.AfterFunc(l.owner, func() { _ = c.Close() }) // never fails
	return c, nil
}

// accept is Accept of a connection that does not close with the process.
func (l *Listener) accept() (*Conn, error) {
	select {
	case c := <-l.waiting:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Close ends it, and the connections that nobody has accepted.
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

// Addr is 127.0.0.1 and the port.
func (l *Listener) Addr() net.Addr { return loopback(l.port) }

type loopback int

func (loopback) Network() string  { return "tcp" }
func (a loopback) String() string { return "127.0.0.1:" + strconv.Itoa(int(a)) }

// Conn is one end of a connection: a net.Conn, and a file of processes.
type Conn struct {
	in, out         *pipe
	port            int
	reading, writes limit
}

// newConns makes both ends of a connection.
func newConns(port int) (*Conn, *Conn) {
	a, b := newPipe(), newPipe()
	return &Conn{in: a, out: b, port: port}, &Conn{in: b, out: a, port: port}
}

// Read waits for bytes; io.EOF is the other end's CloseWrite or Close.
func (c *Conn) Read(b []byte) (int, error) {
	return c.reading.do(func(ctx context.Context) (int, error) { return c.in.read(ctx, b) })
}

// Write waits for room. After the other end's Close it fails with syscall.EPIPE.
func (c *Conn) Write(b []byte) (n int, err error) {
	return c.writes.do(func(ctx context.Context) (int, error) {
		more, err := c.out.write(ctx, b[n:])
		n += more
		return n, err
	})
}

// CloseWrite tells the other end that nothing more comes.
func (c *Conn) CloseWrite() error {
	c.out.closeWrite()
	return nil
}

// Close ends both ways. What was written can still be read.
func (c *Conn) Close() error {
	c.in.closeRead()
	c.out.closeWrite()
	return nil
}

// LocalAddr and RemoteAddr are both the address that was dialled.
func (c *Conn) LocalAddr() net.Addr { return loopback(c.port) }

// RemoteAddr is LocalAddr.
func (c *Conn) RemoteAddr() net.Addr { return loopback(c.port) }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	c.reading.set(t)
	c.writes.set(t)
	return nil
}

// SetReadDeadline has Read fail with os.ErrDeadlineExceeded from t on; the zero time is never.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.reading.set(t)
	return nil
}

// SetWriteDeadline is SetReadDeadline for Write.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writes.set(t)
	return nil
}

// The methods of a file, whose limit is the process's end.

func (c *Conn) read(ctx context.Context, b []byte) (int, error)  { return c.in.read(ctx, b) }
func (c *Conn) write(ctx context.Context, b []byte) (int, error) { return c.out.write(ctx, b) }
func (c *Conn) close()                                           { _ = c.Close() } // never fails

// limit is a deadline that can be moved while a call waits.
type limit struct {
	mu  sync.Mutex
	ctx context.Context // nil without a deadline that was ever set
	end context.CancelCauseFunc
}

var errMoved = errors.New("the deadline was moved")

func (l *limit) set(t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end != nil {
		l.end(errMoved)
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

func (l *limit) context() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx == nil {
		l.ctx, l.end = context.WithCancelCause(context.Background())
	}
	return l.ctx
}

// do calls what waits, and again when the deadline was moved meanwhile. What has ended in any other way has the errors of a net.Conn.
func (l *limit) do(wait func(context.Context) (int, error)) (int, error) {
	for {
		ctx := l.context()
		if context.Cause(ctx) == os.ErrDeadlineExceeded {
			return 0, os.ErrDeadlineExceeded
		}
		n, err := wait(ctx)
		switch {
		case err == errInterrupted && context.Cause(ctx) == errMoved:
		case err == errInterrupted:
			return n, os.ErrDeadlineExceeded
		case err == errPipe:
			return n, syscall.EPIPE
		default:
			return n, err
		}
	}
}
