package transport

import "github.com/kx-k8s/kx/transport/internal/websocket"

// WebSocket is a connection that Client.Upgrade has made (RFC 6455). One goroutine may read. Any
// number may write, each Write waiting for the one before, and close. Its methods are
//
//	Next() (MessageType, error)          waits for the next message
//	Read([]byte) (int, error)            reads that message, until io.EOF
//	Write([]byte) (int, error)           sends one binary message
//	WriteOn(byte, []byte) (int, error)   sends messages that each begin with a byte
//	Close() error                        sends a close frame and closes the connection
//	BeforeWait(func())                   sets a function to call before a read waits
//	Pending() bool                       reports whether received bytes are unread
//	Protocol() string                    returns the subprotocol that the server chose
//	Path() string                        returns the path of the request
//
// A WebSocket sends a ping every 5 s, and fails with ErrSilent when it has received nothing for
// 60 s. That clock stops while the caller does not read, while a write waits, and while the peer
// has more than 64 KiB of data to read.
type WebSocket = websocket.Conn

// CloseError is the close frame with which the peer ended a WebSocket (RFC 6455, 7.4). Its fields
// are the Code, which is 1005 when the frame held none, and the Reason.
type CloseError = websocket.CloseError

// MessageType is the type of a WebSocket message (RFC 6455, 5.6).
type MessageType = websocket.MessageType

// The types of messages.
const (
	TextMessage   = websocket.TextMessage
	BinaryMessage = websocket.BinaryMessage
)

// MaxMessage is the largest message, in bytes, that WebSocket.Write accepts. Servers of the stream
// protocol accept 32 KiB.
const MaxMessage = websocket.MaxMessage

// ErrSilent is the error of a WebSocket on which nothing was received for a minute, not even the
// answer to a ping.
var ErrSilent = websocket.ErrSilent
