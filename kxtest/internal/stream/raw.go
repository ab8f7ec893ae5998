package stream

import (
	"context"

	"github.com/coder/websocket"
)

// The methods below serve a recorded session: they send messages as they were recorded.

// ReceiveRaw calls read with a function that returns the client's next message, in a goroutine for which end waits.
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
	_ = s.out.wait() // the receiving side sees that the connection has ended
	_ = s.conn.Write(context.Background(), kind, message)
}

// SendClose sends a close frame.
func (s *Session) SendClose(code websocket.StatusCode, reason string) {
	if s.out.flush() == nil {
		_ = s.conn.Close(code, reason) // end waits for a client that does not answer
	}
}

// Abort closes the connection at once.
func (s *Session) Abort() { s.out.abort(context.Canceled) }

// Reset breaks the connection with a TCP reset, after what was written is on its way.
func (s *Session) Reset() { s.out.reset() }
