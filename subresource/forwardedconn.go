package subresource

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/kx-k8s/kx/transport"
)

// The channels of a connection to one port: 2i is the data of the request's port number i, and 2i+1 its errors. The first message on each is the port.
const (
	channelPortData  = 0
	channelPortError = 1
)

// closeWithin is how long a Write that failed waits for why: whoever reads the same connection finds it out.
const closeWithin = time.Second

// ForwardError says that the node could not reach the port, or lost the connection to it. It matches syscall.ECONNREFUSED when nothing listens there.
type ForwardError struct {
	Pod  string
	Port int
	// Message is what the node says.
	Message string
}

func (e *ForwardError) Error() string {
	message := e.Message
	if e.refused() {
		message = "connection refused: nothing in the pod listens there"
	}
	return fmt.Sprintf("port %d of pod %q: %s", e.Port, e.Pod, message)
}

func (e *ForwardError) refused() bool {
	return strings.Contains(e.Message, "connect: connection refused")
}

// Is tells a refused connection from others.
func (e *ForwardError) Is(target error) bool { return target == syscall.ECONNREFUSED && e.refused() }

// ForwardedConn is a connection to a port of a pod. It is a net.Conn.
//
// Read gives io.EOF only where the server has closed the connection in order. A connection that was lost is another error,
// and so is a program that resets it. What came before can be read first. Up to 512 KiB wait for Read; then the server waits.
//
// A deadline of Read that passes leaves the connection as it is. One of Write that passes while a Write waits ends it, as with TLS.
//
// From containerd the end comes a second after the program has closed the connection: it waits that long for this side's end, which the protocol cannot tell.
type ForwardedConn struct {
	ws     *transport.WebSocket
	remote forwardedAddr
	in     *output

	done    chan struct{}
	outcome error       // what Read gives in the end; set before done is closed
	quiet   *time.Timer // ends the connection after CloseWrite

	mu       sync.Mutex
	given    error // why this side gave the connection up
	shut     bool  // by CloseWrite
	writing  int   // calls of Write that wait
	writeBy  time.Time
	overtime *time.Timer // for writeBy
}

// forwardedAddr is POD:PORT.
type forwardedAddr struct {
	pod  string
	port int
}

func (forwardedAddr) Network() string  { return "portforward" }
func (a forwardedAddr) String() string { return fmt.Sprintf("%s:%d", a.pod, a.port) }

func newForwardedConn(ws *transport.WebSocket, pod string, port int) *ForwardedConn {
	c := &ForwardedConn{ws: ws, remote: forwardedAddr{pod, port}, done: make(chan struct{})}
	show := func() { c.in.show() }
	c.in = newOutput("data", nil, show, nil, 0)
	c.quiet = time.AfterFunc(time.Hour, c.rest)
	c.quiet.Stop()
	ws.BeforeWait(show)
	go c.run()
	return c
}

// Read takes what came.
func (c *ForwardedConn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	switch err {
	case nil, os.ErrDeadlineExceeded:
		return n, err
	case io.ErrClosedPipe:
		return n, c.failed(net.ErrClosed)
	}
	<-c.done
	return n, c.outcome
}

// Write sends p, and waits while the program takes nothing.
func (c *ForwardedConn) Write(p []byte) (int, error) {
	if err := c.beginWrite(); err != nil {
		return 0, err
	}
	n := 0
	var err error
	if len(p) > 0 {
		n, err = c.ws.WriteOn(channelPortData, p)
	}
	c.mu.Lock()
	c.writing--
	c.mu.Unlock()
	if err == nil {
		return n, nil
	}
	select {
	case <-c.done:
		if c.outcome != io.EOF {
			return n, c.outcome
		}
	case <-time.After(closeWithin): // what came before the end is not read yet
	}
	return n, c.failed(syscall.EPIPE)
}

func (c *ForwardedConn) beginWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.shut:
		return c.failed(io.ErrClosedPipe)
	case !c.writeBy.IsZero() && !time.Now().Before(c.writeBy):
		return os.ErrDeadlineExceeded
	}
	c.writing++
	return nil
}

// CloseWrite says that nothing more will be written. The protocol has no way to tell the program in the pod: Read still gives what that sends,
// and io.EOF when it has closed the connection or has sent nothing for 10 s.
func (c *ForwardedConn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.shut {
		c.shut = true
		c.quiet.Reset(linger)
	}
	return nil
}

// rest ends a connection on which nobody says anything any more.
func (c *ForwardedConn) rest() {
	if !c.in.isEmpty() { // it is this side that is slow
		c.quiet.Reset(linger)
		return
	}
	c.abandon(io.EOF)
}

// Close ends the connection. The program in the pod finds its end.
func (c *ForwardedConn) Close() error {
	c.abandon(c.failed(net.ErrClosed))
	_ = c.in.Close() // never fails
	<-c.done
	return nil
}

func (c *ForwardedConn) abandon(why error) {
	c.mu.Lock()
	if c.given == nil {
		c.given = why
	}
	c.mu.Unlock()
	c.ws.Close()
	c.in.stop()
}

// LocalAddr is that of the other side: this one has none of its own.
func (c *ForwardedConn) LocalAddr() net.Addr { return c.remote }

// RemoteAddr is POD:PORT.
func (c *ForwardedConn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *ForwardedConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline has Read fail with os.ErrDeadlineExceeded from t on; the zero time is none.
func (c *ForwardedConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(t)
	return nil
}

// SetWriteDeadline has Write fail with os.ErrDeadlineExceeded from t on; the zero time is none.
func (c *ForwardedConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeBy = t
	if c.overtime != nil {
		c.overtime.Stop()
	}
	if !t.IsZero() {
		c.overtime = time.AfterFunc(time.Until(t), c.endWrite)
	}
	return nil
}

// endWrite ends a Write that waits: half a message cannot be taken back.
func (c *ForwardedConn) endWrite() {
	c.mu.Lock()
	late := c.writing > 0 && !c.writeBy.IsZero() && !time.Now().Before(c.writeBy)
	c.mu.Unlock()
	if late {
		c.abandon(os.ErrDeadlineExceeded)
	}
}

// run reads the connection to its end.
func (c *ForwardedConn) run() {
	err := c.receive()
	c.ws.Close()
	c.quiet.Stop()
	c.mu.Lock()
	given := c.given
	c.mu.Unlock()
	c.outcome = given
	if given == nil {
		c.outcome = c.explain(err)
	}
	c.in.end()
	close(c.done)
}

// explain gives the end that an error of the connection is.
func (c *ForwardedConn) explain(err error) error {
	var closed *transport.CloseError
	switch {
	case errors.As(err, new(*ForwardError)):
		return err
	case errors.As(err, &closed) && (closed.Code == 1000 || closed.Code == 1001 || closed.Code == 1005):
		return io.EOF
	case err == io.ErrUnexpectedEOF:
		err = fmt.Errorf("it was cut: %w", err)
	}
	return fmt.Errorf("port %d of pod %q: the connection to the server was lost: %w", c.remote.port, c.remote.pod, err)
}

// failed is an error of this side.
func (c *ForwardedConn) failed(err error) error {
	return fmt.Errorf("port %d of pod %q: %w", c.remote.port, c.remote.pod, err)
}

func (c *ForwardedConn) receive() error {
	var begun [2]bool // the port has come on the channel
	for {
		kind, err := c.ws.Next()
		if err != nil {
			return err
		}
		if kind != transport.BinaryMessage {
			return errors.New("the server sent a text message, which the protocol does not have")
		}
		var channel [1]byte
		switch _, err := c.ws.Read(channel[:]); {
		case err == io.EOF:
			continue
		case err != nil:
			return err
		case channel[0] > channelPortError:
			continue // there is none, of one port
		}
		if !begun[channel[0]] {
			begun[channel[0]] = true
			if err := c.begin(channel[0]); err != nil {
				return err
			}
		}
		read := c.fill
		if channel[0] == channelPortError {
			read = c.fail
		}
		if err := read(); err != nil {
			return err
		}
		c.mu.Lock()
		if c.shut {
			c.quiet.Reset(linger)
		}
		c.mu.Unlock()
	}
}

// begin reads the port, with which a channel begins.
func (c *ForwardedConn) begin(channel byte) error {
	var port [2]byte
	n, err := io.ReadFull(c.ws, port[:])
	switch {
	case n < len(port) && (err == io.EOF || err == io.ErrUnexpectedEOF):
		return fmt.Errorf("channel %d does not begin with the port", channel)
	case err != nil:
		return err
	case int(binary.LittleEndian.Uint16(port[:])) != c.remote.port:
		return fmt.Errorf("channel %d is that of port %d", channel, binary.LittleEndian.Uint16(port[:]))
	}
	return nil
}

// fill reads a message of data to its end.
func (c *ForwardedConn) fill() error {
	for {
		switch _, err := c.ws.Read(nil); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if wanted, err := c.in.read(c.ws); err != nil || !wanted {
			return err // what is not wanted any more is passed over
		}
	}
}

// fail reads a message of the error channel. The node sends one, and nothing after it.
func (c *ForwardedConn) fail() error {
	text, err := io.ReadAll(io.LimitReader(c.ws, maxStatus))
	if err != nil || len(text) == 0 {
		return err
	}
	return &ForwardError{Pod: c.remote.pod, Port: c.remote.port, Message: strings.TrimSpace(string(text))}
}
