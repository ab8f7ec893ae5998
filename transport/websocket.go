package transport

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
)

// MaxMessage is the most that one message to the server may hold, in bytes: with its header it fills two TLS records, and stays below the 32 KiB
// that servers of the stream protocol take.
const MaxMessage = 2*16384 - frameHead

// atATime is how many messages of data go out together.
const atATime = 4

// closeWithin is how long a farewell may take.
const closeWithin = time.Second

// CloseError is the peer's orderly end of a WebSocket (RFC 6455, 7.4): a code such as 1000, or 1005 when it gave none.
type CloseError struct {
	Code   int
	Reason string
}

func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("the server closed the connection with code %d", e.Code)
	}
	return fmt.Sprintf("the server closed the connection with code %d: %s", e.Code, shorten(oneLine(e.Reason)))
}

// MessageType is the type of a WebSocket's message (RFC 6455, 5.6).
type MessageType byte

// The types of messages.
const (
	TextMessage   MessageType = opText
	BinaryMessage MessageType = opBinary
)

// WebSocket is a connection that Client.Upgrade has made (RFC 6455). One goroutine may read while another writes and a third closes.
//
// It sends a ping every 5 s, and ends with ErrSilent when nothing has come for 60 s. That clock stands still while nobody reads, while a write
// waits for the peer, and while the peer has more than 64 KiB before it that it has not read, as its pongs tell: who is held up by a slow consumer
// on either side is not dead. Pings and pongs are written by a goroutine of their own, so that reading never waits for a peer that does not read.
type WebSocket struct {
	conn     io.ReadWriteCloser
	bulk     *bulkConn // what conn stands on; nil when that is none of ours
	path     string
	protocol string
	start    time.Time

	in    *bufio.Reader // for the heads of frames; what is larger goes past its buffer
	frame frameHeader   // whose payload is being read
	left  int64         // of that payload

	writing chan struct{} // holds one while a frame is written
	out     []byte        // what goes out
	mask    [512]byte

	// In nanoseconds since start, for the clock; 0 when nobody waits there.
	readSince, writeSince atomic.Int64
	// How many bytes of data were sent, and up to which the peer has read: each ping carries the first, and its pong brings it back.
	sent, read atomic.Int64

	pong     chan []byte // the answer to the latest ping that has none yet
	end      sync.Once
	ended    chan struct{}
	cause    error // why it ended; set before ended is closed
	finished sync.WaitGroup
	onWait   atomic.Pointer[func()]
	release  func() bool // lets go of the context
}

// newWebSocket speaks over conn, which stands on bulk, until the context ends or Close is called.
func newWebSocket(ctx context.Context, conn io.ReadWriteCloser, bulk *bulkConn, path, protocol string) *WebSocket {
	ws := &WebSocket{
		conn: conn, bulk: bulk, path: path, protocol: protocol, start: time.Now(),
		writing: make(chan struct{}, 1), pong: make(chan []byte, 1), ended: make(chan struct{}),
	}
	ws.frame.last = true
	ws.in = bufio.NewReaderSize(receiver{ws}, 64)
	if bulk != nil {
		bulk.carryStream(ws.wait)
	}
	ws.finished.Go(ws.keepAlive)
	ws.finished.Go(ws.watch)
	ws.release = context.AfterFunc(ctx, func() { ws.abort(context.Cause(ctx)) })
	return ws
}

// Protocol gives the subprotocol that the server chose of those offered.
func (ws *WebSocket) Protocol() string { return ws.protocol }

// Path gives the path of the request, as errors show it.
func (ws *WebSocket) Path() string { return ws.path }

// Format writes the path for every verb and flag: what was sent last is not for printing.
func (ws *WebSocket) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "transport.WebSocket(%s)", ws.path) }

// Next waits for the next message, passing over what is left of the one before. It returns a *CloseError when the peer has closed the connection,
// io.ErrUnexpectedEOF when it ended without that, ErrSilent when the peer is dead, the context's cause when that ended, and net.ErrClosed after Close.
func (ws *WebSocket) Next() (MessageType, error) {
	if ws.left > 0 || !ws.frame.last {
		if _, err := io.Copy(io.Discard, ws); err != nil {
			return 0, err
		}
	}
	if err := ws.nextFrame(); err != nil {
		return 0, err
	}
	if ws.frame.opcode == opContinuation {
		return 0, ws.violated("a message begins with a continuation frame")
	}
	return MessageType(ws.frame.opcode), nil
}

// Read reads the message that Next found; io.EOF is its end. Other errors are those of Next.
func (ws *WebSocket) Read(p []byte) (int, error) {
	for ws.left == 0 {
		if ws.frame.last {
			return 0, io.EOF
		}
		if err := ws.nextFrame(); err != nil {
			return 0, err
		}
		if ws.frame.opcode != opContinuation {
			return 0, ws.violated("a message begins within another")
		}
	}
	n, err := ws.in.Read(p[:min(int64(len(p)), ws.left)])
	ws.left -= int64(n)
	if n > 0 || err == nil {
		return n, nil // TLS gives the end together with the last bytes, which may be the end of a message; it gives it again
	}
	return 0, ws.lost(err)
}

// BeforeWait has f called each time before reading waits for the network, by the goroutine that reads.
func (ws *WebSocket) BeforeWait(f func()) { ws.onWait.Store(&f) }

func (ws *WebSocket) wait() {
	ws.readSince.Store(ws.now())
	f := ws.onWait.Load()
	if f != nil {
		(*f)()
	}
}

// Pending tells whether something has come that was not read yet. It may be no more than a pong or a part of something, so that reading waits all the same:
// BeforeWait tells for certain.
func (ws *WebSocket) Pending() bool {
	return ws.in.Buffered() > 0 || ws.bulk != nil && len(ws.bulk.ahead) > 0
}

// Write sends p as one binary message, of at most MaxMessage bytes. It waits while the peer takes nothing.
func (ws *WebSocket) Write(p []byte) (int, error) {
	if len(p) > MaxMessage {
		return 0, fmt.Errorf("a message of %d bytes is too long: at most %d can be sent", len(p), MaxMessage)
	}
	if err := ws.send(opBinary, nil, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteOn sends p in binary messages that each begin with the byte head, as many as it takes and several at a time.
// It gives how many bytes of p went out, and waits while the peer takes nothing.
func (ws *WebSocket) WriteOn(head byte, p []byte) (n int, err error) {
	for {
		part := p[n:min(len(p), n+atATime*(MaxMessage-1))]
		if err := ws.send(opBinary, []byte{head}, part); err != nil {
			return n, err
		}
		n += len(part)
		if n == len(p) {
			return n, nil
		}
	}
}

// Close says farewell, which may take a second where the peer reads nothing, or leaves it out while a write is held up, and closes the connection.
// Whoever reads or writes gets net.ErrClosed.
func (ws *WebSocket) Close() error {
	ws.release()
	ws.end.Do(func() {
		ws.cause = net.ErrClosed
		close(ws.ended)
		select {
		case ws.writing <- struct{}{}:
			impatient := time.AfterFunc(closeWithin, ws.hangUp)
			_ = ws.write(opClose, nil, binary.BigEndian.AppendUint16(nil, 1000))
			ws.conn.Close() // TLS has a farewell too, and waits up to 5 s for room
			impatient.Stop()
			<-ws.writing
		default:
		}
		ws.hangUp()
	})
	ws.finished.Wait()
	return nil
}

// abort ends the connection at once.
func (ws *WebSocket) abort(cause error) {
	ws.end.Do(func() {
		ws.cause = cause
		close(ws.ended)
		ws.hangUp()
	})
}

// hangUp closes the connection without a farewell.
func (ws *WebSocket) hangUp() {
	if ws.bulk != nil {
		ws.bulk.Conn.Close()
	}
	ws.conn.Close()
}

// lost explains an error of the network: it may be the consequence of our own end.
func (ws *WebSocket) lost(err error) error {
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

// violated ends the connection over what the peer may not send.
func (ws *WebSocket) violated(what string) error {
	err := fmt.Errorf("the server breaks the WebSocket protocol: %s", what)
	ws.abort(err)
	return err
}

// nextFrame reads up to the next frame of a message; the control frames before it are dealt with.
func (ws *WebSocket) nextFrame() error {
	for {
		h, err := readHeader(ws.in)
		switch {
		case errors.As(err, new(*frameError)):
			return ws.violated(err.Error())
		case err != nil:
			return ws.lost(err)
		case !h.isControl():
			ws.frame, ws.left = h, h.length
			return nil
		}
		payload := make([]byte, h.length)
		if _, err := io.ReadFull(ws.in, payload); err != nil {
			return ws.lost(err)
		}
		switch h.opcode {
		case opClose:
			closed := &CloseError{Code: 1005}
			if len(payload) >= 2 {
				closed.Code, closed.Reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
			}
			return closed
		case opPing:
			select {
			case <-ws.pong: // an older one need not be answered any more (RFC 6455, 5.5.3)
			default:
			}
			ws.pong <- payload
		case opPong:
			if len(payload) == 8 {
				upTo := int64(binary.BigEndian.Uint64(payload))
				if upTo > ws.read.Load() && upTo <= ws.sent.Load() {
					ws.read.Store(upTo)
				}
			}
		}
	}
}
