// Package websocket is the client's side of a WebSocket connection (RFC 6455).
//
// It writes and reads frames, keeps the connection alive with pings, and paces its reads.
// The handshake is not here: package transport sends it, as one of its requests.
//
// A library such as github.com/coder/websocket ends a connection whose pings or pongs cannot be
// written within 5 s. That is what back-pressure behind a paused reader looks like, so the frames
// are our own. The tests of package transport check them against that library.
package websocket

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kx-k8s/kx/transport/internal/text"
)

const (
	// MaxMessage is the largest message, in bytes, that Write accepts. With its header a message
	// fills two TLS records, and stays below the 32 KiB that servers of the stream protocol accept.
	MaxMessage = 2*16384 - maxHeaderLength

	// messagesPerWrite is how many messages of data go to the network in one write.
	messagesPerWrite = 4

	// closeTimeout is how long Close waits for the close frame to be written.
	closeTimeout = time.Second

	// The close codes of RFC 6455, 7.4.1, that this package uses.
	closeNormal   = 1000
	closeNoStatus = 1005
)

// CloseError is the close frame with which the peer ended a WebSocket (RFC 6455, 7.4).
type CloseError struct {
	// Code is the close code, such as 1000. It is 1005 when the frame held none.
	Code   int
	Reason string
}

func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("the server closed the connection with code %d", e.Code)
	}
	reason := text.Shorten(text.OneLine(e.Reason))
	return fmt.Sprintf("the server closed the connection with code %d: %s", e.Code, reason)
}

// MessageType is the type of a WebSocket message (RFC 6455, 5.6).
type MessageType byte

// The types of messages.
const (
	TextMessage   MessageType = opText
	BinaryMessage MessageType = opBinary
)

// Conn is a WebSocket connection. One goroutine may read, a second write and a third close.
//
// Conn sends a ping every 5 s. It fails with ErrSilent when it has received nothing for 60 s.
// Three situations stop that clock, because a slow consumer on either side is not a dead peer:
//
//   - the caller does not read;
//   - a write waits for the peer;
//   - the peer has more than 64 KiB of data to read, according to its pongs.
//
// The last two excuse a peer whose TCP still acknowledges: Conn fails with ErrSilent as well when
// that has been silent for 60 s (on Linux; elsewhere when the system gives the connection up).
//
// A goroutine writes pings and pongs, so that reading never waits for a peer that does not read.
type Conn struct {
	conn     io.ReadWriteCloser
	paced    *PacedConn // below conn; nil when conn does not stand on one
	path     string
	protocol string
	start    time.Time

	in        *bufio.Reader // for frame headers; larger reads go past its buffer
	frame     frameHeader   // the frame whose payload is being read
	remaining int64         // bytes of that payload

	writing chan struct{} // holds one element while a frame is written
	out     []byte
	mask    [512]byte

	// Nanoseconds since start (see now); 0 while no read or no write waits for the network.
	readSince, writeSince atomic.Int64
	// sent counts the bytes of data that were sent. Each ping carries it, and the pong returns it:
	// acknowledged is the highest count that a pong returned.
	sent, acknowledged atomic.Int64

	pong      chan []byte // payload of the latest unanswered ping
	endOnce   sync.Once
	ended     chan struct{}
	cause     error // why the connection ended; set before ended is closed
	goroutine sync.WaitGroup
	onWait    atomic.Pointer[func()]
	release   func() bool // stops watching the context
}

// New returns a Conn over conn, whose handshake is done. paced is the PacedConn below conn, or nil.
// The connection ends when ctx ends or Close is called.
func New(ctx context.Context, conn io.ReadWriteCloser, paced *PacedConn, path,
	protocol string) *Conn {
	ws := &Conn{
		conn: conn, paced: paced, path: path, protocol: protocol, start: time.Now(),
		writing: make(chan struct{}, 1), pong: make(chan []byte, 1), ended: make(chan struct{}),
	}
	ws.frame.final = true
	ws.in = bufio.NewReaderSize(timedReader{ws}, 64)
	if paced != nil {
		paced.enableReadAhead(ws.beforeRead)
	}
	ws.goroutine.Go(ws.writePings)
	ws.goroutine.Go(ws.detectSilence)
	ws.release = context.AfterFunc(ctx, func() { ws.abort(context.Cause(ctx)) })
	return ws
}

// Protocol returns the subprotocol that the server chose.
func (ws *Conn) Protocol() string { return ws.protocol }

// Path returns the path of the request that became this connection, as errors show it.
func (ws *Conn) Path() string { return ws.path }

// Format writes the path for every verb and flag. The buffers may hold secrets.
func (ws *Conn) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "transport.WebSocket(%s)", ws.path) }

// Next waits for the next message, and discards what is unread of the previous one. It fails with
//
//   - a *CloseError when the peer sent a close frame;
//   - io.ErrUnexpectedEOF when the connection ended without one;
//   - ErrSilent when the peer is dead;
//   - the context's cause when the context ended;
//   - net.ErrClosed after Close.
func (ws *Conn) Next() (MessageType, error) {
	if ws.remaining > 0 || !ws.frame.final {
		if _, err := io.Copy(io.Discard, ws); err != nil {
			return 0, err
		}
	}
	if err := ws.nextFrame(); err != nil {
		return 0, err
	}
	if ws.frame.opcode == opContinuation {
		return 0, ws.protocolError("a message begins with a continuation frame")
	}
	return MessageType(ws.frame.opcode), nil
}

// Read reads the message that Next found, until io.EOF. Its other errors are those of Next.
func (ws *Conn) Read(p []byte) (int, error) {
	for ws.remaining == 0 {
		if ws.frame.final {
			return 0, io.EOF
		}
		if err := ws.nextFrame(); err != nil {
			return 0, err
		}
		if ws.frame.opcode != opContinuation {
			return 0, ws.protocolError("a message begins within another")
		}
	}
	n, err := ws.in.Read(p[:min(int64(len(p)), ws.remaining)])
	ws.remaining -= int64(n)
	if n > 0 || err == nil {
		// TLS may return io.EOF together with the last bytes of a message, and returns it again.
		return n, nil
	}
	return 0, ws.endCause(err)
}

// BeforeWait sets a function that the reading goroutine calls before each wait for the network.
func (ws *Conn) BeforeWait(f func()) { ws.onWait.Store(&f) }

func (ws *Conn) beforeRead() {
	ws.readSince.Store(ws.now())
	f := ws.onWait.Load()
	if f != nil {
		(*f)()
	}
}

// Pending reports whether bytes were received that are still unread. They may be a pong or a part
// of a message, so that reading waits all the same; BeforeWait is exact.
func (ws *Conn) Pending() bool {
	return ws.in.Buffered() > 0 || ws.paced != nil && len(ws.paced.unread) > 0
}

// Write sends p, of at most MaxMessage bytes, as one binary message.
// It waits while the peer accepts nothing.
func (ws *Conn) Write(p []byte) (int, error) {
	if len(p) > MaxMessage {
		return 0, fmt.Errorf("a message of %d bytes is too long: at most %d can be sent", len(p),
			MaxMessage)
	}
	if err := ws.send(opBinary, nil, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteOn sends p in as many binary messages as it needs, each with the byte prefix before its
// part. It returns how many bytes of p were sent, and waits while the peer accepts nothing.
func (ws *Conn) WriteOn(prefix byte, p []byte) (n int, err error) {
	for {
		part := p[n:min(len(p), n+messagesPerWrite*(MaxMessage-1))]
		if err := ws.send(opBinary, []byte{prefix}, part); err != nil {
			return n, err
		}
		n += len(part)
		if n == len(p) {
			return n, nil
		}
	}
}

// Close sends a close frame and closes the connection. Reads and writes fail with net.ErrClosed.
//
// Close sends no close frame while a write waits for the peer.
// It takes up to a second when the peer does not read.
func (ws *Conn) Close() error {
	ws.release()
	ws.endOnce.Do(func() {
		ws.cause = net.ErrClosed
		close(ws.ended)
		select {
		case ws.writing <- struct{}{}:
			timer := time.AfterFunc(closeTimeout, ws.closeNetwork)
			_ = ws.writeMessages(opClose, nil, binary.BigEndian.AppendUint16(nil, closeNormal))
			ws.conn.Close() // sends the close_notify of TLS, which may wait 5 s for room
			timer.Stop()
			<-ws.writing
		default:
		}
		ws.closeNetwork()
	})
	ws.goroutine.Wait()
	return nil
}

// abort ends the connection at once, without a close frame.
func (ws *Conn) abort(cause error) {
	ws.endOnce.Do(func() {
		ws.cause = cause
		close(ws.ended)
		ws.closeNetwork()
	})
}

// closeNetwork closes the connection below TLS first, so that TLS sends no close_notify.
func (ws *Conn) closeNetwork() {
	if ws.paced != nil {
		ws.paced.Conn.Close()
	}
	ws.conn.Close()
}

// endCause returns why a read or write failed with err: the cause, if we ended the connection.
func (ws *Conn) endCause(err error) error {
	select {
	case <-ws.ended:
		return ws.cause
	default:
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// protocolError ends the connection after the peer broke the protocol.
func (ws *Conn) protocolError(problem string) error {
	err := fmt.Errorf("the server breaks the WebSocket protocol: %s", problem)
	ws.abort(err)
	return err
}

// nextFrame reads up to the payload of the next data frame, and handles the control frames before.
func (ws *Conn) nextFrame() error {
	for {
		h, err := readHeader(ws.in)
		_, broken := errors.AsType[*frameError](err)
		switch {
		case broken:
			return ws.protocolError(err.Error())
		case err != nil:
			return ws.endCause(err)
		case !h.isControl():
			ws.frame, ws.remaining = h, h.length
			return nil
		}
		payload := make([]byte, h.length)
		if _, err := io.ReadFull(ws.in, payload); err != nil {
			return ws.endCause(err)
		}
		if err := ws.onControl(h.opcode, payload); err != nil {
			return err
		}
	}
}

// onControl handles a control frame. Its error is the *CloseError of a close frame.
func (ws *Conn) onControl(opcode byte, payload []byte) error {
	switch opcode {
	case opClose:
		closed := &CloseError{Code: closeNoStatus}
		if len(payload) >= 2 {
			closed.Code, closed.Reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		}
		return closed
	case opPing:
		select {
		case <-ws.pong: // only the latest ping needs an answer (RFC 6455, 5.5.3)
		default:
		}
		ws.pong <- payload
	case opPong:
		if len(payload) != 8 {
			return nil
		}
		count := int64(binary.BigEndian.Uint64(payload))
		if count > ws.acknowledged.Load() && count <= ws.sent.Load() {
			ws.acknowledged.Store(count)
		}
	}
	return nil
}
