package transport_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

const v5, v4 = "v5.channel.k8s.io", "v4.channel.k8s.io"

// accept accepts an upgrade and echoes each message.
func accept(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{v4}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	for {
		kind, b, err := conn.Read(r.Context())
		if err != nil || conn.Write(r.Context(), kind, b) != nil {
			return
		}
	}
}

func execRequest() *transport.Request {
	req := get("api", "v1", "namespaces", "default", "pods", "web-0", "exec")
	req.Query = url.Values{"command": {"echo", "pa55word"}, "stdout": {"true"}}
	return req
}

// echoed sends text over a WebSocket, and requires that it comes back.
func echoed(t *testing.T, c *transport.Client, text string) {
	t.Helper()
	ws, err := c.Upgrade(t.Context(), execRequest(), v5, v4)
	require.NoError(t, err)
	defer ws.Close()
	require.Equal(t, v4, ws.Protocol())
	_, err = ws.Write([]byte(text))
	require.NoError(t, err)
	_, got, err := message(ws)
	require.NoError(t, err)
	require.Equal(t, text, got)
}

func TestAnUpgradePassesTheLayersOfEveryRequest(t *testing.T) {
	ca := newAuthority(t)
	serverPair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	_, certPEM, keyPEM := ca.issue(t, "me", time.Now().Add(time.Hour))
	var seen atomic.Pointer[http.Request]
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			_, _ = io.WriteString(w, r.Proto)
			return
		}
		seen.Store(r)
		accept(w, r)
	}, func(s *httptest.Server) {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{serverPair}, ClientAuth: tls.RequireAnyClientCert}
	})
	cfg.TLS.CAData, cfg.TLS.CertData, cfg.TLS.KeyData = ca.pem, certPEM, keyPEM
	cfg.BearerToken = "t0k"
	cfg.Impersonate = kubeconfig.Impersonate{User: "jane", Groups: []string{"dev", "ops"}}
	var proxies []*proxyServer
	for _, scheme := range []string{"http", "https", "socks5"} {
		proxies = append(proxies, startProxy(t,
			&proxyServer{scheme: scheme, user: "me:s3cret", tls: &tls.Config{Certificates: []tls.Certificate{serverPair}}}))
	}
	for _, proxy := range append(proxies, nil) {
		through := ""
		if proxy != nil {
			through = proxy.url(url.UserPassword("me", "s3cret"))
		}
		own := *cfg
		own.ProxyURL = through
		c := newClient(t, &own, transport.WithUserAgent("kx/test"))
		echoed(t, c, "one")
		body, err := c.Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, "HTTP/2.0", string(body), "other requests of the same Client")
		echoed(t, c, "two")
		if proxy != nil {
			require.Len(t, proxy.took(), 3, "each upgrade has a connection of its own")
		}
		r := seen.Load()
		require.Equal(t, "HTTP/1.1", r.Proto)
		require.Equal(t, mount+"/api/v1/namespaces/default/pods/web-0/exec", r.URL.Path)
		require.Equal(t, "command=echo&command=pa55word&stdout=true", r.URL.RawQuery)
		require.Equal(t, []string{v5 + ", " + v4}, r.Header["Sec-Websocket-Protocol"], "one line")
		require.Equal(t, "*/*", r.Header.Get("Accept"))
		require.Equal(t, "kx/test", r.Header.Get("User-Agent"))
		require.Equal(t, "Bearer t0k", r.Header.Get("Authorization"))
		require.Equal(t, "jane", r.Header.Get("Impersonate-User"))
		require.Equal(t, []string{"dev", "ops"}, r.Header["Impersonate-Group"])
		require.Len(t, r.TLS.PeerCertificates, 1)
	}
}

func TestARefusedUpgradeFailsWithTheServersMessage(t *testing.T) {
	for sentence, tc := range map[string]struct {
		code int
		body string
		is   error
		want string
	}{
		"a missing container": {404,
			`{"kind":"Status","status":"Failure","message":"container nope not found in pod ` +
				`web-0","reason":"NotFound","code":404}`, transport.ErrNotFound, "container nope not found in pod web-0 (404)"},
		"a user without permission": {403,
			`{"kind":"Status","status":"Failure","message":"pods \"web-0\" is forbidden","reason":"Forbidden","code":403}`,
			transport.ErrForbidden, `pods "web-0" is forbidden (403)`},
		"two containers": {400,
			`{"kind":"Status","status":"Failure","message":"a container name must be specified for pod web-0, choose one of: ` +
				`[a b]","reason":"BadRequest","code":400}`, transport.ErrBadRequest, "choose one of: [a b] (400)"},
		"bad credentials": {401,
			`{"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`,
			transport.ErrUnauthorized, "the server does not accept the token of user"},
		"a proxy's page": {400, "<h1>Bad Request</h1>", transport.ErrBadRequest,
			"a proxy may have answered in the API server's place"},
		"a proxy's page with 200": {200, "<h1>Welcome</h1>", nil,
			"the connection did not become a WebSocket: the answer was 200 OK; a proxy in between must pass on the header Upgrade"},
		"an empty answer":         {204, "", nil, "the answer was 204 No Content; a proxy in between must pass on the header Upgrade"},
		"503 without Retry-After": {503, "", transport.ErrServiceUnavailable, "503"},
		"504 from a gateway":      {504, "", transport.ErrServerTimeout, "504"},
	} {
		t.Run(sentence, func(t *testing.T) {
			var asked atomic.Int32
			cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.WriteHeader(tc.code)
				_, _ = io.WriteString(w, tc.body)
			})
			cfg.BearerToken = "t0k"
			ws, err := newClient(t, cfg).Upgrade(t.Context(), execRequest(), v5, v4)
			require.Nil(t, ws)
			requireOneLine(t, err)
			require.ErrorContains(t, err, "GET "+mount+"/api/v1/namespaces/default/pods/web-0/exec: ")
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "pa55word")
			require.NotContains(t, err.Error(), "t0k")
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
				var status *transport.StatusError
				require.ErrorAs(t, err, &status)
			} else {
				var upgrade *transport.UpgradeError
				require.ErrorAs(t, err, &upgrade)
			}
			require.EqualValues(t, 1, asked.Load(), "the request is not sent again")
		})
	}
}

func TestAnInvalidHandshakeFails(t *testing.T) {
	for sentence, tc := range map[string]struct {
		spoil func(*http.Response)
		want  string
	}{
		"another key": {func(r *http.Response) {
			r.Header.Set("Sec-WebSocket-Accept",
				"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
		}, "Sec-WebSocket-Accept does not fit the request"},
		"no key": {func(r *http.Response) { r.Header.Del("Sec-WebSocket-Accept") },
			"Sec-WebSocket-Accept does not fit"},
		"no Upgrade": {func(r *http.Response) { r.Header.Del("Upgrade") }, "lacks the headers"},
		"an upgrade to something else": {func(r *http.Response) { r.Header.Set("Upgrade", "SPDY/3.1") },
			"lacks the headers"},
		"no Connection": {func(r *http.Response) { r.Header.Del("Connection") }, "lacks the headers"},
		"a Connection for something else": {func(r *http.Response) { r.Header.Set("Connection", "keep-alive, x-upgrade") },
			"lacks the headers"},
		"no protocol": {func(r *http.Response) { r.Header.Del("Sec-WebSocket-Protocol") },
			`the server chose the protocol "", but was offered ` + v5 + " and " + v4},
		"a protocol that was not offered": {func(r *http.Response) {
			r.Header.Set("Sec-WebSocket-Protocol",
				"v3.channel.k8s.io")
		}, `the server chose the protocol "v3.channel.k8s.io"`},
		"an extension": {func(r *http.Response) {
			r.Header.Set("Sec-WebSocket-Extensions",
				"permessage-deflate")
		}, `the server chose the extension "permessage-deflate", but was offered none`},
		"a body without Write": {func(r *http.Response) { r.Body = io.NopCloser(r.Body) },
			"its connection cannot be written to"},
	} {
		t.Run(sentence, func(t *testing.T) {
			var peer *wstest.Peer
			c := offline(t, roundTripper(func(req *http.Request) (resp *http.Response, err error) {
				resp, peer = wstest.Accept(req, v5, 1000)
				tc.spoil(resp)
				return resp, nil
			}))
			ws, err := c.Upgrade(t.Context(), execRequest(), v5, v4)
			require.Nil(t, ws)
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "a proxy in between must pass on the header Upgrade")
			var upgrade *transport.UpgradeError
			require.ErrorAs(t, err, &upgrade)
			if sentence != "a body without Write" {
				peer.WaitClosed()
			}
		})
	}
	c := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, _ := wstest.Accept(req, v5, 1000)
		resp.Header.Set("Upgrade", "WebSocket")
		resp.Header.Set("Connection", "keep-alive, upgrade")
		return resp, nil
	}))
	ws, err := c.Upgrade(t.Context(), execRequest(), v5, v4)
	require.NoError(t, err, "header values are compared without case")
	require.NoError(t, ws.Close())
}

func TestAnUpgradeReadsTheTokenFileAfterA401(t *testing.T) {
	dir := t.TempDir()
	file := write(t, dir, "token", []byte("old"))
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer new" {
			_ = os.WriteFile(file, []byte("new"), 0o600)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		accept(w, r)
	})
	cfg.BearerTokenFile = file
	echoed(t, newClient(t, cfg), "hello")
}

func TestAnUpgradeFollowsNoRedirect(t *testing.T) {
	var asked atomic.Int32
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	_, err := newClient(t, cfg).Upgrade(t.Context(), execRequest(), v5)
	requireOneLine(t, err)
	require.ErrorContains(t, err, "a redirect to /elsewhere was not followed")
	require.EqualValues(t, 1, asked.Load())
}

func TestAnUpgradeIsSentAgainOnlyIfTheServerRefusedIt(t *testing.T) {
	var asked atomic.Int32
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		accept(w, r)
	})
	echoed(t, newClient(t, cfg), "hello")
	require.EqualValues(t, 2, asked.Load())

	// net/http would send a GET again by itself on a connection that it used before.
	asked.Store(0)
	cfg = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	})
	c := newClient(t, cfg)
	_, err := c.Upgrade(t.Context(), execRequest(), v5)
	require.ErrorIs(t, err, transport.ErrNotFound)
	_, err = c.Upgrade(t.Context(), execRequest(), v5)
	var lost *transport.ConnectionError
	require.ErrorAs(t, err, &lost)
	require.True(t, lost.Sent)
	require.EqualValues(t, 2, asked.Load())
}

func TestTheTimeLimitOfAnUpgradeEndsWithTheHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := 9 * time.Second
		c := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
			select {
			case <-time.After(wait):
				resp, peer := wstest.Accept(req, v5, 64<<10)
				go peer.Discard()
				return resp, nil
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		}), transport.WithTimeout(10*time.Second))
		ws, err := c.Upgrade(t.Context(), execRequest(), v5)
		require.NoError(t, err)
		reading := async(func() error { _, err := ws.Next(); return err })
		time.Sleep(time.Hour)
		require.Empty(t, reading)
		require.NoError(t, ws.Close())
		<-reading

		wait = time.Hour
		start := time.Now()
		_, err = c.Upgrade(t.Context(), execRequest(), v5)
		var limit *transport.TimeoutError
		require.ErrorAs(t, err, &limit)
		require.Equal(t, 10*time.Second, time.Since(start))
	})
}

func TestCancellationEndsAnUpgrade(t *testing.T) {
	arrived := make(chan struct{}, 1)
	gone := make(chan struct{}, 1)
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
		gone <- struct{}{}
	})
	c := newClient(t, cfg)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	upgrading := async(func() error { _, err := c.Upgrade(ctx, execRequest(), v5); return err })
	<-arrived
	cancel(cause)
	err := <-upgrading
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, cause)
	<-gone
	_, err = c.Upgrade(ctx, execRequest(), v5)
	require.ErrorIs(t, err, cause)
	require.Empty(t, arrived, "nothing is sent after the end of the context")
}

func TestTheLogShowsTheHandshakeAndNoMessages(t *testing.T) {
	cfg := serve(t, accept)
	cfg.BearerToken = "t0k"
	var log safeBuffer
	echoed(t, newClient(t, cfg, transport.WithLog(&log, 9)), "in-the-frame")
	text := log.String()
	require.Contains(t, text, ": 101 in ")
	require.Contains(t, text, "> Upgrade: websocket\n")
	require.Contains(t, text, "> Sec-Websocket-Protocol: "+v5+", "+v4+"\n")
	require.Contains(t, text, "< Sec-Websocket-Protocol: "+v4+"\n")
	require.Contains(t, text, "> Sec-Websocket-Key: (not shown)\n")
	require.Contains(t, text, "> Authorization: (not shown)\n")
	for _, secret := range []string{"t0k", "pa55word", "in-the-frame"} {
		require.NotContains(t, text, secret)
	}
}

type safeBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func TestMessagesOfEachLengthPassThroughAnotherImplementation(t *testing.T) {
	ws, err := newClient(t, serve(t, accept)).Upgrade(t.Context(), execRequest(), v4)
	require.NoError(t, err)
	defer ws.Close()
	lengths := []int{16384, 32751, 32752, 32753, transport.MaxMessage}
	for n := range 601 {
		lengths = append(lengths, n)
	}
	sending := async(func() error {
		for _, n := range lengths {
			if _, err := ws.Write(bytes.Repeat([]byte("0123456789abc"), n/13+1)[:n]); err != nil {
				return err
			}
		}
		return nil
	})
	for _, n := range lengths {
		_, got, err := message(ws)
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("0123456789abc", n/13+1)[:n], got)
	}
	require.NoError(t, <-sending)
}

func TestFramesOfAnotherImplementationAreRead(t *testing.T) {
	pinged := make(chan error, 1)
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{v4}})
		if err != nil {
			return
		}
		ctx := conn.CloseRead(r.Context())
		large := bytes.Repeat([]byte("4 MiB..."), 4<<20/8)
		_ = conn.Write(ctx, websocket.MessageBinary, large)
		parts, _ := conn.Writer(ctx, websocket.MessageBinary) // one message in many frames
		for i := range 100 {
			_, _ = fmt.Fprintf(parts, "%d,", i)
			_, _ = parts.Write(large[:10_000])
		}
		parts.Close()
		pinged <- conn.Ping(ctx)
		for range 10_000 {
			_ = conn.Write(ctx, websocket.MessageBinary, []byte("x"))
		}
		_ = conn.Close(websocket.StatusInternalError, "the end")
	})
	ws, err := newClient(t, cfg).Upgrade(t.Context(), execRequest(), v4)
	require.NoError(t, err)
	defer ws.Close()
	_, got, err := message(ws)
	require.NoError(t, err)
	require.True(t, strings.Repeat("4 MiB...", 4<<20/8) == got)
	_, got, err = message(ws)
	require.NoError(t, err)
	require.Len(t, got, 100*10_000+290)
	for range 10_000 {
		_, got, err = message(ws)
		require.NoError(t, err)
		require.Equal(t, "x", got)
	}
	require.NoError(t, <-pinged)
	_, err = ws.Next()
	require.Equal(t, &transport.CloseError{Code: 1011, Reason: "the end"}, err)
}

// message reads a whole message.
func message(ws *transport.WebSocket) (transport.MessageType, string, error) {
	kind, err := ws.Next()
	if err != nil {
		return kind, "", err
	}
	b, err := io.ReadAll(ws)
	return kind, string(b), err
}

// async runs f in a goroutine and returns a channel with its error.
func async(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}
