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
	"net/url"
	"slices"
	"strings"
)

// UpgradeError says that the answer to Client.Upgrade was neither a WebSocket nor a failure of the API server's.
type UpgradeError struct {
	Method, Path string
	Problem      string
}

func (e *UpgradeError) Error() string {
	return fmt.Sprintf("%s %s: the connection did not become a WebSocket: %s; a proxy may be in the way: it has to pass on the header Upgrade",
		e.Method, e.Path, e.Problem)
}

// Upgrade sends req and makes its connection a WebSocket (RFC 6455, 4.1) that speaks one of protocols, the first that the server knows.
// It goes the way of every request: the same TLS, credentials and proxy, but over HTTP/1.1, with a connection of its own.
// The errors are those of Do, and *UpgradeError. A request's time limit holds until the connection is made; when ctx ends, so does the connection.
//
// A request that may have reached the server is not sent again, whatever its method: it may have started something.
func (c *Client) Upgrade(ctx context.Context, req *Request, protocols ...string) (*WebSocket, error) {
	target, err := c.target(req)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &canceledError{method: req.Method, path: target.EscapedPath(), kind: err, cause: context.Cause(ctx)}
	}
	wait := newWait(ctx, c.timeoutFor(req), true)
	defer wait.stop()
	call := &call{limit: wait}
	var bulk *bulkConn
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { bulk = bulkOf(info.Conn) }}
	hr, err := http.NewRequestWithContext(httptrace.WithClientTrace(call.in(wait.ctx), trace), req.Method, target.String(), nil)
	if err != nil {
		return nil, err
	}
	key := websocketKey()
	hr.Header = http.Header{
		"User-Agent": {c.agent}, "Accept": {"*/*"}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {key}, "Sec-Websocket-Protocol": {strings.Join(protocols, ", ")},
	}
	direct := *c.http
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := direct.Do(hr)
	if err == nil && wait.ctx.Err() != nil { // what answers our own giving up is no answer
		resp.Body.Close()
		err = wait.ctx.Err()
	}
	if err != nil {
		return nil, c.lost(req, target, err, call)
	}
	if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols || resp.StatusCode > 299 {
		body := wait.body(resp.Body, func(err error) error { return c.lostBody(req, target, err, wait) })
		defer body.Close()
		return nil, c.statusError(req, target, resp, body)
	}
	conn, err := switched(resp, req, target, key, protocols)
	if err != nil {
		resp.Body.Close()
		return nil, err
	}
	return newWebSocket(ctx, conn, bulk, target.EscapedPath(), resp.Header.Get("Sec-WebSocket-Protocol")), nil
}

// switched checks that resp is the agreement to what was asked for (RFC 6455, 4.1), and gives the connection.
func switched(resp *http.Response, req *Request, target *url.URL, key string, protocols []string) (io.ReadWriteCloser, error) {
	fail := func(format string, args ...any) (io.ReadWriteCloser, error) {
		return nil, &UpgradeError{Method: req.Method, Path: target.EscapedPath(), Problem: fmt.Sprintf(format, args...)}
	}
	h := resp.Header
	conn, writable := resp.Body.(io.ReadWriteCloser)
	protocol := h.Get("Sec-WebSocket-Protocol")
	switch {
	case resp.StatusCode != http.StatusSwitchingProtocols:
		return fail("the answer was %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	case !strings.EqualFold(h.Get("Upgrade"), "websocket") || !hasToken(h["Connection"], "upgrade"):
		return fail("the answer 101 has not the headers Upgrade: websocket and Connection: Upgrade")
	case h.Get("Sec-WebSocket-Accept") != acceptKey(key):
		return fail("the answer's Sec-WebSocket-Accept does not fit the request")
	case !slices.Contains(protocols, protocol):
		return fail("the server chose the protocol %q, and it was offered %s", oneLine(protocol), strings.Join(protocols, " and "))
	case h.Get("Sec-WebSocket-Extensions") != "":
		return fail("the server chose the extension %q, and it was offered none", oneLine(h.Get("Sec-WebSocket-Extensions")))
	case !writable:
		return fail("nothing can be written to it")
	}
	return conn, nil
}

func hasToken(values []string, token string) bool {
	return slices.ContainsFunc(values, func(value string) bool {
		return slices.ContainsFunc(strings.Split(value, ","), func(v string) bool { return strings.EqualFold(strings.TrimSpace(v), token) })
	})
}

// websocketKey makes the nonce of a handshake, which only shows that the answer is to this request.
func websocketKey() string {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // does not fail
	return base64.StdEncoding.EncodeToString(nonce[:])
}

// acceptKey is the answer that a server has to give to a nonce.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
