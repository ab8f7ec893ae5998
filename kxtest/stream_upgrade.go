package kxtest

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// upgrades reports whether a request asks for a protocol.
func upgrades(header http.Header, protocol string) bool {
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

// upgrade makes a session of a request. When that fails, the answer says so.
func upgrade(w http.ResponseWriter, r *http.Request, protocols []string) *session {
	upgrading := &hijacker{ResponseWriter: w}
	conn, err := websocket.Accept(upgrading, r, &websocket.AcceptOptions{Subprotocols: protocols, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil
	}
	conn.SetReadLimit(maxMessage)
	fault, _ := r.Context().Value(streamFaultKey{}).(*streamFault)
	if fault != nil && fault.delay > 0 {
		select {
		case <-time.After(fault.delay):
		case <-r.Context().Done():
		}
		fault = nil
	}
	return &session{conn: conn, out: upgrading.outbox, protocol: conn.Subprotocol(), fault: fault, disconnected: make(chan struct{})}
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
