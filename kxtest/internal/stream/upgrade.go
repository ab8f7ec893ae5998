package stream

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// IsUpgrade reports whether a request asks to upgrade to a protocol, or to any if protocol is
// empty.
func IsUpgrade(header http.Header, protocol string) bool {
	has := func(name, token string) bool {
		for _, part := range strings.Split(strings.Join(header.Values(name), ","), ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
		return false
	}
	return has("Connection", "Upgrade") && (protocol == "" || has("Upgrade", protocol))
}

// Upgrade upgrades the connection of a request. If that fails, it has responded with the error, and
// returns nil.
func Upgrade(w http.ResponseWriter, r *http.Request, protocols []string) *Session {
	upgrading := &hijacker{ResponseWriter: w}
	conn, err := websocket.Accept(upgrading, r, &websocket.AcceptOptions{
		Subprotocols:       protocols,
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return nil
	}
	conn.SetReadLimit(maxMessage)
	fault, _ := r.Context().Value(streamFaultKey{}).(*Fault)
	if fault != nil && fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-r.Context().Done():
		}
		fault = nil
	}
	return &Session{
		conn:         conn,
		out:          upgrading.outbox,
		protocol:     conn.Subprotocol(),
		fault:        fault,
		Disconnected: make(chan struct{}),
	}
}

// hijacker puts an outbox between the WebSocket library and the connection.
type hijacker struct {
	http.ResponseWriter
	outbox *outbox
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.outbox = newOutbox(conn)
	return h.outbox, bufio.NewReadWriter(buffered.Reader, bufio.NewWriter(h.outbox)), nil
}
