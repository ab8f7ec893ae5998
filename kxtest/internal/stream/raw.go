package stream

import (
	"context"

	"github.com/coder/websocket"
)

// The methods of this file replay a recorded session: they send messages as they were recorded.

// ReceiveRaw calls read in a goroutine, for which End waits. next returns the client's next
// message.
func (s *Session) ReceiveRaw(read func(next func() ([]byte, error))) {
	s.readers.Go(func() {
		read(func() ([]byte, error) {
			_, message, err := s.conn.Read(context.Background())
			return message, err
		})
	})
}

// SendRaw sends a message, its channel included.
func (s *Session) SendRaw(kind websocket.MessageType, message []byte) {
	_ = s.out.waitForRoom() // the reader sees that the connection has ended
	_ = s.conn.Write(context.Background(), kind, message)
}

// SendClose sends a close frame.
func (s *Session) SendClose(code websocket.StatusCode, reason string) {
	if s.out.flush() == nil {
		_ = s.conn.Close(code, reason) // End waits for a client that does not answer
	}
}

// Abort closes the connection at once.
func (s *Session) Abort() { s.out.abort(context.Canceled) }

// Reset sends what was written, and breaks the connection with a TCP reset.
func (s *Session) Reset() { s.out.reset() }
