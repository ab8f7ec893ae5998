package stream

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

const (
	outboxRoom  = 64 << 10        // bytes; output beyond it waits
	outboxBound = 1 << 20         // bytes; an answer to a ping may exceed outboxRoom
	lingerLimit = 5 * time.Minute // how long end waits for the client to close its side
)

// outbox is an upgraded connection whose writes do not wait for the client.
//
// The WebSocket library closes a connection if writing a pong takes more than 5 seconds. A client
// may pause for minutes and send pings meanwhile, and its session must survive. Writers of output
// call waitForRoom first.
type outbox struct {
	net.Conn

	mu            sync.Mutex
	buffer        []byte
	sending       bool
	readsBlocked  bool
	writesBlocked bool
	err           error
	changed       *sync.Cond
	done          chan struct{} // closed when send has returned
}

var errOutboxFull = errors.New("the client reads nothing")

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{Conn: conn, done: make(chan struct{})}
	o.changed = sync.NewCond(&o.mu)
	go o.send()
	return o
}

func (o *outbox) send() {
	defer close(o.done)
	var sending []byte
	for {
		o.mu.Lock()
		o.sending = false
		o.changed.Broadcast()
		for (len(o.buffer) == 0 || o.writesBlocked) && o.err == nil {
			o.changed.Wait()
		}
		if o.err != nil {
			o.mu.Unlock()
			return
		}
		sending, o.buffer = o.buffer, sending[:0]
		o.sending = true
		o.mu.Unlock()
		if _, err := o.Conn.Write(sending); err != nil {
			o.fail(err)
		}
	}
}

func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.changed.Broadcast()
}

// Write buffers p. The goroutine of send writes it when the client reads.
func (o *outbox) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && len(o.buffer) > outboxBound {
		o.err = errOutboxFull
	}
	if o.err != nil {
		return 0, o.err
	}
	o.buffer = append(o.buffer, p...)
	o.changed.Broadcast()
	return len(p), nil
}

// waitForRoom waits until the buffer has room for output.
func (o *outbox) waitForRoom() error {
	return o.waitFor(func() bool { return len(o.buffer) < outboxRoom })
}

// flush waits until the buffer is sent.
func (o *outbox) flush() error {
	return o.waitFor(func() bool { return len(o.buffer) == 0 && !o.sending })
}

func (o *outbox) waitFor(condition func() bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !condition() && o.err == nil {
		o.changed.Wait()
	}
	return o.err
}

// freeze sends the buffer, and then neither writes nor reads until the connection is closed. A
// client that has read everything gets no further answer.
func (o *outbox) freeze() {
	o.mu.Lock()
	o.readsBlocked = true
	o.mu.Unlock()
	_ = o.flush() // a client that does not read sees no difference
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writesBlocked = true
}

func (o *outbox) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.readsBlocked && o.err == nil {
		o.changed.Wait()
	}
	return n, err
}

// Close does nothing: the WebSocket library calls it, but only end and abort close the connection.
func (o *outbox) Close() error { return nil }

// end closes the connection once the client has closed its side. After an earlier close, a ping of
// the client would reset the connection and lose unread data.
func (o *outbox) end() {
	o.mu.Lock()
	for o.readsBlocked && o.err == nil {
		o.changed.Wait()
	}
	o.mu.Unlock()
	if o.flush() == nil {
		if secure, ok := o.Conn.(*tls.Conn); ok {
			_ = secure.CloseWrite() // then the read below ends at once
			if tcp, ok := secure.NetConn().(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
		}
		_ = o.Conn.SetReadDeadline(time.Now().Add(lingerLimit))
		_, _ = io.Copy(io.Discard, o.Conn) // until EOF or an error
	}
	o.abort(net.ErrClosed)
	<-o.done
}

// abort closes the connection at once.
func (o *outbox) abort(err error) {
	o.fail(err)
	// The close alert of TLS would wait for a client that does not read.
	_ = o.Conn.SetDeadline(time.Now())
	_ = o.Conn.Close()
}

// reset sends the buffer, and breaks the connection with a TCP reset.
func (o *outbox) reset() {
	_ = o.flush()
	conn := o.Conn
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
	o.abort(net.ErrClosed)
}
