// Package stream is the server's end of exec, attach and port-forward: sessions of messages on
// channels over a WebSocket, and the faults of such sessions.
package stream

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// The subprotocols of exec and attach. Only v5 can close stdin.
const (
	ProtocolV5 = "v5.channel.k8s.io"
	ProtocolV4 = "v4.channel.k8s.io"
)

// The channels of both subprotocols: the first byte of each message.
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
	maxMessage = 32 << 20 // bytes of a client's message, as in the API server
)

// Session is an upgraded connection.
type Session struct {
	conn         *websocket.Conn
	out          *outbox
	protocol     string
	fault        *Fault
	readers      sync.WaitGroup
	Disconnected chan struct{} // closed when the client has disconnected

	mu           sync.Mutex // guards writing
	frame        []byte
	outputSent   int  // bytes of output
	outputClosed bool // no more output: the status is sent, or a fault has broken the session off
}

// Inputs receive the client's messages. A nil field ignores them.
type Inputs struct {
	Stdin      io.Writer
	CloseStdin func() // the client has closed stdin, or has disconnected
	Resize     func(width, height int)
}

// Receive reads the client's messages in a goroutine, for which End waits.
func (s *Session) Receive(to Inputs) { s.readers.Go(func() { s.read(to) }) }

// read handles the client's messages until the connection ends. While stdin blocks, it does not
// read on.
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
				buffer); errors.Is(err, io.ErrClosedPipe) {
				to.Stdin = nil // the process has ended, or has closed its stdin
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

// ReceiveMessages calls handle for each message of the client, in a goroutine for which End waits.
// It calls disconnected when the connection has ended.
func (s *Session) ReceiveMessages(handle func(channel byte, message io.Reader),
	disconnected func()) {
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
		if _, err = io.ReadFull(message, channel[:]); errors.Is(err, io.EOF) {
			continue // a message without a channel
		}
		if err != nil {
			return
		}
		handle(channel[0], message)
		if _, err := io.Copy(io.Discard, message); err != nil { // what handle has not read
			return
		}
	}
}

// Output returns a writer for a process's output. A Write waits for a client that does not read.
// Once the client has disconnected, Write drops the output and the process runs on.
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
	if s.outputClosed || s.out.waitForRoom() != nil {
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
	_ = s.conn.Write(context.Background(), websocket.MessageBinary,
		s.frame) // the reader sees that the connection has ended
}

// Open sends the empty message that opens a session. It first calls connect, which attaches the
// session's output: a client that has received this message misses no later output.
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

// Finish sends the status, unless it is nil, and ends the session.
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
		// End waits for a client that does not answer.
		_ = s.conn.Close(websocket.StatusNormalClosure, "")
	}
}

// End waits until the client has everything that was sent, and closes the connection.
func (s *Session) End() {
	s.out.end()
	_ = s.conn.CloseNow() // release the library's resources
	s.readers.Wait()
}

// CloseWith aborts the connection when the context ends, until stop is called.
func (s *Session) CloseWith(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { s.out.abort(ctx.Err()) })
}
