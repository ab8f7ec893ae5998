package transport

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/transport/internal/text"
	"github.com/kx-k8s/kx/transport/internal/websocket"
)

// UpgradeError reports an answer to Client.Upgrade that is neither a WebSocket nor a failure of the
// API server.
type UpgradeError struct {
	Method, Path string
	Problem      string
}

func (e *UpgradeError) Error() string {
	return fmt.Sprintf("%s %s: the connection did not become a WebSocket: %s; "+
		"a proxy in between must pass on the header Upgrade", e.Method, e.Path,
		e.Problem)
}

// Upgrade sends req and turns its connection into a WebSocket (RFC 6455, 4.1). The server chooses
// one of protocols, in their order of preference.
//
// The request passes the same layers as others: TLS, proxy, credentials, retries. It has a
// connection of its own, over HTTP/1.1. Upgrade fails like Do, or with an *UpgradeError.
//
// The request's time limit ends when the connection is a WebSocket. The end of ctx ends the
// connection.
//
// Upgrade sends a request again only if the server refused it (401, or 429 or 503 with
// Retry-After), or if nothing was sent. If the answer was lost, Upgrade fails: the server may have
// started something.
func (c *Client) Upgrade(ctx context.Context, req *Request, protocols ...string) (*WebSocket,
	error) {
	target, err := c.target(req)
	if err != nil {
		return nil, err
	}
	target.RawQuery = req.Query.Encode()
	if ctx.Err() != nil {
		return nil, newCanceledError(ctx, req, target, false, "")
	}
	limit := c.newTimeLimit(ctx, req, true)
	defer limit.stop()
	state := &requestState{limit: limit}
	var paced *websocket.PacedConn
	trace := &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { paced = websocket.FindPaced(info.Conn) },
	}
	traced := httptrace.WithClientTrace(state.withState(limit.ctx), trace)
	hr, err := http.NewRequestWithContext(traced, req.Method, target.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("transport: %w", cause(err))
	}
	key := newKey()
	hr.Header = http.Header{
		"User-Agent": {c.agent}, "Accept": {"*/*"}, "Connection": {"Upgrade"},
		"Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {key},
		"Sec-Websocket-Protocol": {strings.Join(protocols, ", ")},
	}
	withoutRedirects := *c.http
	withoutRedirects.CheckRedirect = func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}
	resp, err := withoutRedirects.Do(hr)
	if err == nil && limit.ctx.Err() != nil { // the answer came after we gave up
		resp.Body.Close()
		err = limit.ctx.Err()
	}
	if err != nil {
		return nil, c.requestError(req, target, err, state)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols && resp.StatusCode/100 != 2 {
		body := limit.wrapBody(resp.Body, func(err error) error {
			return c.bodyError(req, target,
				err, limit)
		})
		defer body.Close()
		refused := c.statusError(req, target, resp, body)
		if refused.WithoutReason() {
			refused.advice = adviseRefusedStream(target)
		}
		return nil, refused
	}
	conn, problem := acceptedConn(resp, key, protocols)
	if problem != "" {
		resp.Body.Close()
		return nil, &UpgradeError{Method: req.Method, Path: target.EscapedPath(), Problem: problem}
	}
	protocol := resp.Header.Get("Sec-WebSocket-Protocol")
	return websocket.New(ctx, conn, paced, target.EscapedPath(), protocol), nil
}

// acceptedConn returns the connection if resp accepts the handshake (RFC 6455, 4.1), and else what
// is wrong with resp.
func acceptedConn(resp *http.Response, key string, protocols []string) (conn io.ReadWriteCloser,
	problem string) {
	h := resp.Header
	conn, writable := resp.Body.(io.ReadWriteCloser)
	protocol := h.Get("Sec-WebSocket-Protocol")
	extensions := h.Get("Sec-WebSocket-Extensions")
	switch {
	case resp.StatusCode != http.StatusSwitchingProtocols:
		problem = fmt.Sprintf("the answer was %d %s", resp.StatusCode,
			http.StatusText(resp.StatusCode))
	case !strings.EqualFold(h.Get("Upgrade"), "websocket") || !hasToken(h["Connection"], "upgrade"):
		problem = "the 101 response lacks the headers Upgrade: websocket and Connection: Upgrade"
	case h.Get("Sec-WebSocket-Accept") != acceptKey(key):
		problem = "the response's Sec-WebSocket-Accept does not fit the request"
	case !slices.Contains(protocols, protocol):
		problem = fmt.Sprintf("the server chose the protocol %q, but was offered %s",
			text.OneLine(protocol), strings.Join(protocols, " and "))
	case extensions != "":
		problem = fmt.Sprintf("the server chose the extension %q, but was offered none",
			text.OneLine(extensions))
	case !writable:
		problem = "its connection cannot be written to"
	}
	return conn, problem
}

// hasToken reports whether a header's values, which are lists separated by commas, hold token.
func hasToken(values []string, token string) bool {
	return slices.ContainsFunc(values, func(value string) bool {
		return slices.ContainsFunc(strings.Split(value, ","), func(v string) bool {
			return strings.EqualFold(strings.TrimSpace(v), token)
		})
	})
}

// newKey returns the nonce of a handshake. The answer to it shows that the server read the request.
func newKey() string {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(nonce[:])
}

// acceptKey returns the answer to a nonce (RFC 6455, 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
