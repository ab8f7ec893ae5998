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
	outboxRoom  = 64 << 10 // more output than this waits
	outboxBound = 1 << 20  // what else may be in it: answers to pings of a client that reads none
	lingerLimit = 5 * time.Minute
)

// outbox is an upgraded connection whose writes do not wait for the client. The WebSocket library gives up a connection on which an answer to a ping
// takes more than 5 seconds; a client that pauses for minutes, and pings meanwhile, must find its session whole. Who has much to write calls wait first.
type outbox struct {
	net.Conn

	mu            sync.Mutex
	buffer        []byte
	sending       bool
	readsBlocked  bool
	writesBlocked bool
	err           error
	changed       *sync.Cond
	done          chan struct{} // its goroutine has ended
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

// Write takes all of p, to be sent when the client reads.
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

// wait waits until there is room.
func (o *outbox) wait() error { return o.waitFor(func() bool { return len(o.buffer) < outboxRoom }) }

// flush waits until all is sent.
func (o *outbox) flush() error {
	return o.waitFor(func() bool { return len(o.buffer) == 0 && !o.sending })
}

func (o *outbox) waitFor(holds func() bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !holds() && o.err == nil {
		o.changed.Wait()
	}
	return o.err
}

// freeze sends what there is, and has nothing sent and nothing read any more until the connection is broken. A client that has read the last of it
// finds nobody who answers.
func (o *outbox) freeze() {
	o.mu.Lock()
	o.readsBlocked = true
	o.mu.Unlock()
	_ = o.flush() // a client that reads nothing sees no difference
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

// Close is what the WebSocket library calls; the connection stays until end or abort.
func (o *outbox) Close() error { return nil }

// end closes the connection when the client has: closed earlier, what it has yet to read would be lost with the pings that it sends meanwhile.
func (o *outbox) end() {
	o.mu.Lock()
	for o.readsBlocked && o.err == nil {
		o.changed.Wait()
	}
	o.mu.Unlock()
	if o.flush() == nil {
		if secure, ok := o.Conn.(*tls.Conn); ok {
			_ = secure.CloseWrite() // then the read below ends at once, too
			if tcp, ok := secure.NetConn().(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
		}
		_ = o.Conn.SetReadDeadline(time.Now().Add(lingerLimit))
		_, _ = io.Copy(io.Discard, o.Conn) // to its end, whichever
	}
	o.abort(net.ErrClosed)
	<-o.done
}

// abort closes the connection at once.
func (o *outbox) abort(err error) {
	o.fail(err)
	_ = o.Conn.SetDeadline(time.Now()) // so that the farewell of TLS does not wait for a client that does not read
	_ = o.Conn.Close()
}

// reset breaks the connection with a TCP reset, after what was written is on its way.
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
