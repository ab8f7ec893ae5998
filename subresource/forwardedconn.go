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

// Channel 2i carries the data of the request's port number i, and channel 2i+1 its errors. The
// first message on each holds the port. kx requests one port for each connection.
const (
	channelPortData  = 0
	channelPortError = 1
)

// forwardLinger is how long a program may send nothing after CloseWrite.
const forwardLinger = 10 * time.Second

// ErrHalfClosed reports that a ForwardedConn gave up the program's answer after CloseWrite.
var ErrHalfClosed = fmt.Errorf("the program sent nothing for %v after the client had ended its "+
	"side, which port-forward cannot tell the program: the answer may be incomplete", forwardLinger)

// maxCloseWait is how long a failed Write waits for the reading goroutine to find the reason.
const maxCloseWait = time.Second

// ForwardError reports that the node could not reach the port, or lost the connection to it. It
// matches syscall.ECONNREFUSED if nothing listens there.
type ForwardError struct {
	Pod  string
	Port int
	// Message is the node's message.
	Message string
}

func (e *ForwardError) Error() string {
	message := e.Message
	if e.refused() {
		message = "connection refused: nothing in the pod listens there"
	}
	return fmt.Sprintf("port %d of pod %s: %s", e.Port, e.Pod, message)
}

func (e *ForwardError) refused() bool {
	return strings.Contains(e.Message, "connect: connection refused")
}

// Is matches syscall.ECONNREFUSED if nothing listens at the port.
func (e *ForwardError) Is(target error) bool {
	return target == syscall.ECONNREFUSED && e.refused()
}

// ForwardedConn is a connection to a port of a pod. It is a net.Conn.
//
// Read returns io.EOF only if the server closed the connection cleanly. It returns another error if
// the connection was lost or the program reset it. Read returns the bytes that arrived before the
// error first. Up to 512 KiB wait for Read; then the server waits.
//
// A read deadline that passes leaves the connection as it is. A write deadline that passes while a
// Write blocks ends the connection, as with TLS.
//
// Containerd reports the end a second after the program closed the connection: it waits that long
// for the client's end, which the protocol cannot express.
type ForwardedConn struct {
	ws     *transport.WebSocket
	remote forwardedAddr
	in     *output

	done      chan struct{}
	outcome   error       // the last error of Read; set before done is closed
	idleTimer *time.Timer // closes an idle connection after CloseWrite

	mu            sync.Mutex
	localErr      error // why this side ended the connection
	writeClosed   bool  // CloseWrite was called
	writing       int   // number of calls of Write that block
	writeDeadline time.Time
	writeTimer    *time.Timer // fires at writeDeadline
}

// forwardedAddr is an address in the form POD:PORT.
type forwardedAddr struct {
	pod  string
	port int
}

func (forwardedAddr) Network() string  { return "portforward" }
func (a forwardedAddr) String() string { return fmt.Sprintf("%s:%d", a.pod, a.port) }

func newForwardedConn(ws *transport.WebSocket, pod string, port int) *ForwardedConn {
	c := &ForwardedConn{ws: ws, remote: forwardedAddr{pod, port}, done: make(chan struct{})}
	show := func() { c.in.announce() }
	c.in = newOutput("data", nil, show, nil, 0)
	c.idleTimer = time.AfterFunc(time.Hour, c.closeIfIdle)
	c.idleTimer.Stop()
	ws.BeforeWait(show)
	go c.run()
	return c
}

// Read reads received bytes.
func (c *ForwardedConn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	switch {
	case err == nil, errors.Is(err, os.ErrDeadlineExceeded):
		return n, err
	case errors.Is(err, io.ErrClosedPipe):
		return n, c.localError(net.ErrClosed)
	}
	<-c.done
	return n, c.outcome
}

// Write sends p. It blocks while the program reads nothing.
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
		if !errors.Is(c.outcome, io.EOF) {
			return n, c.outcome
		}
	case <-time.After(maxCloseWait): // the reading goroutine has not reached the end yet
	}
	return n, c.localError(syscall.EPIPE)
}

func (c *ForwardedConn) beginWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.writeClosed:
		return c.localError(io.ErrClosedPipe)
	case !c.writeDeadline.IsZero() && !time.Now().Before(c.writeDeadline):
		return os.ErrDeadlineExceeded
	}
	c.writing++
	return nil
}

// CloseWrite forbids further writes. The protocol does not signal this to the program in the pod.
// Read still returns what the program sends. It returns io.EOF once the program has closed the
// connection, and an error that matches ErrHalfClosed once the program has sent nothing for 10 s.
func (c *ForwardedConn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.writeClosed {
		c.writeClosed = true
		c.idleTimer.Reset(forwardLinger)
	}
	return nil
}

// closeIfIdle closes a connection that is silent after CloseWrite.
func (c *ForwardedConn) closeIfIdle() {
	if !c.in.isEmpty() { // the caller is slow, not the program
		c.idleTimer.Reset(forwardLinger)
		return
	}
	c.abandon(c.localError(ErrHalfClosed))
}

// Close closes the connection. The program in the pod reads EOF.
func (c *ForwardedConn) Close() error {
	c.abandon(c.localError(net.ErrClosed))
	_ = c.in.Close()
	<-c.done
	return nil
}

func (c *ForwardedConn) abandon(why error) {
	c.mu.Lock()
	if c.localErr == nil {
		c.localErr = why
	}
	c.mu.Unlock()
	c.ws.Close()
	c.in.stop()
}

// LocalAddr returns the remote address: a stream has no local one.
func (c *ForwardedConn) LocalAddr() net.Addr { return c.remote }

// RemoteAddr returns POD:PORT.
func (c *ForwardedConn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline calls SetReadDeadline and SetWriteDeadline.
func (c *ForwardedConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline makes Read fail with os.ErrDeadlineExceeded from t on. The zero time removes the
// deadline.
func (c *ForwardedConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(t)
	return nil
}

// SetWriteDeadline makes Write fail with os.ErrDeadlineExceeded from t on. The zero time removes
// the deadline.
func (c *ForwardedConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeDeadline = t
	c.stopWriteTimer()
	select {
	case <-c.done:
	default:
		if !t.IsZero() {
			c.writeTimer = time.AfterFunc(time.Until(t), c.endWrite)
		}
	}
	return nil
}

// stopWriteTimer stops the timer, which would keep the connection until it fires. The caller holds
// mu.
func (c *ForwardedConn) stopWriteTimer() {
	if c.writeTimer != nil {
		c.writeTimer.Stop()
	}
}

// endWrite closes the connection if a Write blocks past its deadline: half a message cannot be
// recalled.
func (c *ForwardedConn) endWrite() {
	c.mu.Lock()
	late := c.writing > 0 && !c.writeDeadline.IsZero() && !time.Now().Before(c.writeDeadline)
	c.mu.Unlock()
	if late {
		c.abandon(os.ErrDeadlineExceeded)
	}
}

func (c *ForwardedConn) run() {
	err := c.receive()
	c.ws.Close()
	c.idleTimer.Stop()
	c.mu.Lock()
	localErr := c.localErr
	c.mu.Unlock()
	c.outcome = localErr
	if localErr == nil {
		c.outcome = c.closeReason(err)
	}
	c.in.end()
	close(c.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopWriteTimer()
}

// closeReason returns io.EOF for an orderly end, and otherwise err with the pod and the port.
func (c *ForwardedConn) closeReason(err error) error {
	var closed *transport.CloseError
	switch {
	case errors.As(err, new(*ForwardError)):
		return err
	case errors.As(err, &closed) && (closed.Code == 1000 || closed.Code == 1001 ||
		closed.Code == 1005):
		return io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("it was cut: %w", err)
	}
	return fmt.Errorf("port %d of pod %s: the connection to the server was lost: %w", c.remote.port,
		c.remote.pod, err)
}

// localError adds the pod and the port to an error of this side.
func (c *ForwardedConn) localError(err error) error {
	return fmt.Errorf("port %d of pod %s: %w", c.remote.port, c.remote.pod, err)
}

func (c *ForwardedConn) receive() error {
	var begun [2]bool // whether the channel's port was read
	for {
		kind, err := c.ws.Next()
		if err != nil {
			return err
		}
		if kind != transport.BinaryMessage {
			return errors.New("the server sent a text message, which the protocol does not have")
		}
		var channel [1]byte
		_, err = c.ws.Read(channel[:])
		switch {
		case errors.Is(err, io.EOF):
			continue
		case err != nil:
			return err
		case channel[0] > channelPortError:
			continue // a channel that one port does not have
		}
		if !begun[channel[0]] {
			begun[channel[0]] = true
			if err := c.begin(channel[0]); err != nil {
				return err
			}
		}
		read := c.readData
		if channel[0] == channelPortError {
			read = c.readError
		}
		if err := read(); err != nil {
			return err
		}
		c.mu.Lock()
		if c.writeClosed {
			c.idleTimer.Reset(forwardLinger)
		}
		c.mu.Unlock()
	}
}

// begin reads the port at the start of a channel.
func (c *ForwardedConn) begin(channel byte) error {
	var port [2]byte
	n, err := io.ReadFull(c.ws, port[:])
	switch {
	case n < len(port) && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)):
		return fmt.Errorf("channel %d does not begin with the port", channel)
	case err != nil:
		return err
	case int(binary.LittleEndian.Uint16(port[:])) != c.remote.port:
		return fmt.Errorf("channel %d is that of port %d", channel,
			binary.LittleEndian.Uint16(port[:]))
	}
	return nil
}

// readData reads a message of data to its end.
func (c *ForwardedConn) readData() error {
	for {
		_, err := c.ws.Read(nil)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		wanted, err := c.in.readFrom(c.ws)
		if err != nil || !wanted {
			return err // a message that nobody wants is skipped
		}
	}
}

// readError reads a message of the error channel. The node sends one such message, and nothing
// after it.
func (c *ForwardedConn) readError() error {
	text, err := io.ReadAll(io.LimitReader(c.ws, maxStatus))
	if err != nil || len(text) == 0 {
		return err
	}
	return &ForwardError{Pod: c.remote.pod, Port: c.remote.port,
		Message: strings.TrimSpace(string(text))}
}
