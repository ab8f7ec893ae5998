package stream

import (
	"context"
	"io"
	"sync"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// The subprotocols of exec and attach. The second has no end of stdin.
const (
	ProtocolV5 = "v5.channel.k8s.io"
	ProtocolV4 = "v4.channel.k8s.io"
)

// The channels of both: the first byte of each message.
const (
	channelStdin  = 0
	ChannelStdout = 1
	ChannelStderr = 2
	ChannelStatus = 3
	channelResize = 4
	ChannelClose  = 255
)

const (
	maxOutput  = 32 << 10 // bytes of output in a frame
	maxMessage = 32 << 20 // from the client, as the API server takes it
)

// Session is an upgraded connection.
type Session struct {
	conn         *websocket.Conn
	out          *outbox
	protocol     string
	fault        *Fault
	readers      sync.WaitGroup
	Disconnected chan struct{} // closed when nothing more will come from the client

	mu           sync.Mutex // of writing
	frame        []byte
	outputSent   int  // bytes of output
	outputClosed bool // no more output: the status was sent, or never will be
}

// Inputs are where a session's client's messages go; nil for nowhere.
type Inputs struct {
	Stdin      io.Writer
	CloseStdin func() // the client has closed its stdin, or has gone
	Resize     func(width, height int)
}

// Receive reads the client's messages in a goroutine of its own, for which end waits.
func (s *Session) Receive(to Inputs) { s.readers.Go(func() { s.read(to) }) }

// read handles the client's messages until the connection ends. It does not read on while stdin waits to be taken.
func (s *Session) read(to Inputs) {
	closeStdin := sync.OnceFunc(func() {
		if to.CloseStdin != nil {
			to.CloseStdin()
		}
	})
	buffer := make([]byte, maxOutput)
	s.readMessages(func(channel byte, message io.Reader) {
		switch {
		case channel == channelStdin && to.Stdin != nil:
			if _, err := io.CopyBuffer(struct{ io.Writer }{to.Stdin}, struct{ io.Reader }{message},
				buffer); err == io.ErrClosedPipe {
				to.Stdin = nil // the process has ended, or has closed it
			}
		case channel == channelResize && to.Resize != nil:
			var size struct{ Width, Height uint16 }
			if text, err := io.ReadAll(message); err == nil && json.Unmarshal(text, &size) == nil {
				to.Resize(int(size.Width), int(size.Height))
			}
		case channel == ChannelClose && s.protocol == ProtocolV5:
			if _, err := io.ReadFull(message, buffer[:1]); err == nil && buffer[0] == channelStdin {
				to.Stdin = nil
				closeStdin()
			}
		}
	}, closeStdin)
}

// ReceiveMessages hands each message of the client to handle, in a goroutine of its own, for which end waits.
// It calls disconnected when the connection has ended.
func (s *Session) ReceiveMessages(handle func(channel byte, message io.Reader), disconnected func()) {
	s.readers.Go(func() { s.readMessages(handle, disconnected) })
}

func (s *Session) readMessages(handle func(channel byte, message io.Reader), disconnected func()) {
	defer close(s.Disconnected)
	defer disconnected()
	var channel [1]byte
	for {
		_, message, err := s.conn.Reader(context.Background())
		if err != nil {
			return
		}
		if _, err = io.ReadFull(message, channel[:]); err == io.EOF {
			continue // no channel, no message
		}
		if err != nil {
			return
		}
		handle(channel[0], message)
		if _, err := io.Copy(io.Discard, message); err != nil { // what handle has left
			return
		}
	}
}

// Output is where a process writes that the session shows. It waits for a client that does not read. When the client has
// gone, what is written is dropped and the process goes on, as with a real runtime.
func (s *Session) Output(channel byte) io.Writer { return sessionOutput{s, channel} }

type sessionOutput struct {
	*Session
	channel byte
}

func (o sessionOutput) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		part := rest[:min(len(rest), maxOutput)]
		rest = rest[len(part):]
		o.mu.Lock()
		o.sendOutput(o.channel, part)
		o.mu.Unlock()
	}
	return len(p), nil
}

// sendOutput sends a part of the output. The caller holds mu.
func (s *Session) sendOutput(channel byte, part []byte) {
	if s.outputClosed || s.out.wait() != nil {
		return
	}
	if s.fault != nil && s.fault.BeforeStatus && s.outputSent+len(part) >= s.fault.AfterBytes {
		part = part[:s.fault.AfterBytes-s.outputSent]
		if len(part) > 0 {
			s.write(channel, part)
		}
		s.breakOff()
		return
	}
	s.outputSent += len(part)
	s.write(channel, part)
}

// write sends a message. The caller holds mu.
func (s *Session) write(channel byte, payload []byte) {
	s.frame = append(append(s.frame[:0], channel), payload...)
	_ = s.conn.Write(context.Background(), websocket.MessageBinary, s.frame) // read sees that the connection has ended
}

// Open sends the empty message that opens a session, on the first channel that has output. What connect connects is shown after it, and all of it: a
// client that has this message has missed nothing since.
func (s *Session) Open(channel byte, connect func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	connect()
	s.write(channel, nil)
}

// Send sends a message, unless the session has ended.
func (s *Session) Send(channel byte, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.outputClosed {
		s.write(channel, payload)
	}
}

// Finish sends the status, if there is one, and ends the session.
func (s *Session) Finish(status *api.Status) {
	s.mu.Lock()
	switch {
	case s.outputClosed:
	case s.fault != nil && s.fault.BeforeStatus:
		s.breakOff()
	default:
		if status != nil {
			s.write(ChannelStatus, api.Encode(status))
		}
		if s.fault != nil {
			s.breakOff()
		}
	}
	broken := s.outputClosed
	s.outputClosed = true
	s.mu.Unlock()
	if !broken && s.out.flush() == nil {
		_ = s.conn.Close(websocket.StatusNormalClosure, "") // a client that does not answer is waited for below
	}
}

// End waits until the client has what it was sent, and closes the connection.
func (s *Session) End() {
	s.out.end()
	_ = s.conn.CloseNow() // the library's part
	s.readers.Wait()
}

// CloseWith aborts the connection when the context ends, until the returned function is called.
func (s *Session) CloseWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { s.out.abort(ctx.Err()) })
}
