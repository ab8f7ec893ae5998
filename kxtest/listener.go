package kxtest

import (
	"net"
	"sync"
)

// port accepts connections for one listener after another. It stays open between two of them, so
// that no other process can take the port. Connections of that time are reset.
type port struct {
	tcp     net.Listener
	mu      sync.Mutex
	current *listener
}

// newPort returns the port of a listener. It resets connections until the first call of listen: a
// client of an earlier server on the same port may be early.
func newPort(tcp net.Listener) *port {
	p := &port{tcp: tcp}
	_ = p.listen().Close() // never fails
	return p
}

// accept passes connections to the current listener, until the port is closed.
func (p *port) accept() {
	for {
		conn, err := p.tcp.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		current := p.current
		p.mu.Unlock()
		if !current.offer(conn) {
			abort(conn)
		}
	}
}

// listen returns a listener that gets the port's connections until it is closed.
func (p *port) listen() *listener {
	l := &listener{address: p.tcp.Addr(), conns: make(chan net.Conn), closed: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = l
	return l
}

// listener is the listener of one http.Server.
type listener struct {
	address net.Addr
	conns   chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

// offer reports whether l takes the connection.
func (l *listener) offer(conn net.Conn) bool {
	select {
	case l.conns <- conn:
		return true
	case <-l.closed:
		return false
	}
}

// Accept returns the next connection. After Close it fails with net.ErrClosed.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close makes Accept fail. The port stays open.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns the port's address.
func (l *listener) Addr() net.Addr { return l.address }

// abort closes a connection with RST, if it is a TCP connection.
func abort(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if ok {
		_ = tcp.SetLinger(0) // Close then sends RST
	}
	_ = conn.Close() // nothing is left to do
}
