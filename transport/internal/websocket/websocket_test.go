package websocket_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/transport/internal/websocket"
)

const path = "/api/v1/namespaces/default/pods/web-0/exec"

// pair returns both ends of a connection in memory that holds up to size bytes each way.
func pair(ctx context.Context, t testing.TB, size int) (*websocket.Conn, *wstest.Peer) {
	t.Helper()
	resp, peer := wstest.Accept(httptest.NewRequest(http.MethodGet, path, nil), "v5.channel.k8s.io", size)
	return websocket.New(ctx, resp.Body.(io.ReadWriteCloser), nil, path, "v5.channel.k8s.io"), peer
}

// message reads a whole message.
func message(ws *websocket.Conn) (websocket.MessageType, string, error) {
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

func TestMessagesArriveAsTheyWereSent(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<16)
	for sentence, tc := range map[string]struct {
		send func(*wstest.Peer)
		want []string
	}{
		"short messages": {func(p *wstest.Peer) { p.Send(0x82, []byte("one")); p.Send(0x82, []byte("two")) },
			[]string{"one", "two"}},
		"empty messages": {func(p *wstest.Peer) { p.Send(0x82, nil); p.Send(0x82, nil); p.Send(0x82, []byte("x")) },
			[]string{"", "", "x"}},
		"a message of 1 MiB": {func(p *wstest.Peer) { p.Send(0x82, []byte(long)) }, []string{long}},
		"a message in parts": {func(p *wstest.Peer) { p.Send(2, []byte("a")); p.Send(0, []byte("b")); p.Send(0x80, []byte("c")) },
			[]string{"abc"}},
		"empty parts": {func(p *wstest.Peer) { p.Send(2, nil); p.Send(0, nil); p.Send(0, []byte("x")); p.Send(0x80, nil) },
			[]string{"x"}},
		"pings between the parts": {func(p *wstest.Peer) {
			p.Send(2, []byte("a"))
			p.Send(0x89, []byte("?"))
			p.Send(0x8a, []byte("unasked"))
			p.Send(0x80, []byte("b"))
		}, []string{"ab"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			ws, peer := pair(t.Context(), t, 64<<10)
			go func() { tc.send(peer); peer.SendClose(1000) }()
			for _, want := range tc.want {
				kind, got, err := message(ws)
				require.NoError(t, err)
				require.Equal(t, websocket.BinaryMessage, kind)
				require.Equal(t, want, got)
			}
			_, err := ws.Next()
			require.Equal(t, &websocket.CloseError{Code: 1000}, err)
			require.NoError(t, ws.Close())
		})
	}
}

func TestNextDiscardsTheUnreadRestOfAMessage(t *testing.T) {
	ws, peer := pair(t.Context(), t, 64<<10)
	defer ws.Close()
	go func() {
		_ = peer.Send(2, bytes.Repeat([]byte("x"), 100_000))
		_ = peer.Send(0x80, bytes.Repeat([]byte("y"), 100_000))
		_ = peer.Send(0x81, []byte("text"))
	}()
	_, err := ws.Next()
	require.NoError(t, err)
	n, err := ws.Read(make([]byte, 10))
	require.NoError(t, err)
	require.Equal(t, 10, n)
	kind, got, err := message(ws)
	require.NoError(t, err)
	require.Equal(t, websocket.TextMessage, kind)
	require.Equal(t, "text", got)
	require.Equal(t, "v5.channel.k8s.io", ws.Protocol())
	require.Equal(t, path, ws.Path())
}

func TestTheErrorReportsHowTheConnectionEnded(t *testing.T) {
	for sentence, tc := range map[string]struct {
		send func(*wstest.Peer)
		want error
		text string
	}{
		"a code and a reason": {func(p *wstest.Peer) { p.Send(0x88, []byte("\x03\xf3out of\nmemory")) },
			&websocket.CloseError{Code: 1011, Reason: "out of\nmemory"},
			"the server closed the connection with code 1011: out of memory"},
		"no code": {func(p *wstest.Peer) { p.Send(0x88, nil) }, &websocket.CloseError{Code: 1005},
			"the server closed the connection with code 1005"},
		"half a code": {func(p *wstest.Peer) { p.Send(0x88, []byte{3}) },
			&websocket.CloseError{Code: 1005}, ""},
		"no close frame": {func(*wstest.Peer) {}, io.ErrUnexpectedEOF, ""},
		"half a header":  {func(p *wstest.Peer) { p.Write([]byte{0x82}) }, io.ErrUnexpectedEOF, ""},
		"half a length":  {func(p *wstest.Peer) { p.Write([]byte{0x82, 126, 1}) }, io.ErrUnexpectedEOF, ""},
		"half a ping":    {func(p *wstest.Peer) { p.Write([]byte{0x89, 4, 'a'}) }, io.ErrUnexpectedEOF, ""},
		"a masked frame": {func(p *wstest.Peer) { p.Write([]byte{0x82, 0x81, 0, 0, 0, 0, 'a'}) }, nil,
			"the server breaks the WebSocket protocol: a frame from a server is masked"},
		"a continuation without a message": {func(p *wstest.Peer) { p.Send(0x80, []byte("a")) }, nil,
			"the server breaks the WebSocket protocol: a message begins with a continuation frame"},
	} {
		t.Run(sentence, func(t *testing.T) {
			ws, peer := pair(t.Context(), t, 64<<10)
			tc.send(peer)
			require.NoError(t, peer.CloseWrite())
			_, err := ws.Next()
			if tc.want != nil {
				require.Equal(t, tc.want, err)
			}
			if tc.text != "" {
				require.EqualError(t, err, tc.text)
			}
			require.NoError(t, ws.Close())
			peer.WaitClosed()
		})
	}
}

func TestATruncatedMessageFailsWithUnexpectedEOF(t *testing.T) {
	for sentence, send := range map[string]func(*wstest.Peer){
		"within a frame":              func(p *wstest.Peer) { p.Write([]byte{0x82, 5, 'a', 'b'}) },
		"between two frames":          func(p *wstest.Peer) { p.Send(2, []byte("ab")) },
		"with half of a header":       func(p *wstest.Peer) { p.Send(2, []byte("ab")); p.Write([]byte{0x80}) },
		"after a whole control frame": func(p *wstest.Peer) { p.Send(2, []byte("ab")); p.Send(0x89, nil) },
	} {
		t.Run(sentence, func(t *testing.T) {
			ws, peer := pair(t.Context(), t, 64<<10)
			defer ws.Close()
			send(peer)
			require.NoError(t, peer.CloseWrite())
			_, got, err := message(ws)
			require.Equal(t, io.ErrUnexpectedEOF, err)
			require.Equal(t, "ab", got)
		})
	}
	ws, peer := pair(t.Context(), t, 64<<10)
	defer ws.Close()
	require.NoError(t, peer.Send(2, []byte("ab")))
	require.NoError(t, peer.Send(0x82, []byte("c")))
	_, _, err := message(ws)
	require.EqualError(t, err, "the server breaks the WebSocket protocol: a message begins within another")
	_, nextErr := ws.Next()
	require.Equal(t, err, nextErr)
	_, writeErr := ws.Write(nil)
	require.Equal(t, err, writeErr)
}

// eofWithData returns io.EOF together with the last bytes, as TLS does after a close_notify.
type eofWithData struct {
	io.ReadWriteCloser
	text []byte
}

func (r *eofWithData) Read(p []byte) (n int, err error) {
	n = copy(p, r.text)
	r.text = r.text[n:]
	if len(r.text) == 0 {
		err = io.EOF
	}
	return n, err
}

func TestBytesThatArriveTogetherWithEOFAreRead(t *testing.T) {
	whole := strings.Repeat("x", 20_000)
	wire := append([]byte{0x82, 126, 20_000 >> 8, 20_000 & 0xff}, whole...)
	client, _ := wstest.Pipe(64 << 10)
	ws := websocket.New(t.Context(), &eofWithData{client, wire}, nil, path, "")
	defer ws.Close()
	_, err := ws.Next()
	require.NoError(t, err)
	got := make([]byte, 32<<10)
	n := 0
	for err == nil {
		var more int
		more, err = ws.Read(got[n:])
		n += more
	}
	require.Equal(t, io.EOF, err)
	require.Equal(t, whole, string(got[:n]))
}

func TestAPingIsAnsweredWithItsPayload(t *testing.T) {
	ws, peer := pair(t.Context(), t, 64<<10)
	reading := async(func() error { _, err := ws.Next(); return err })
	for _, payload := range []string{"", "x", strings.Repeat("y", 125)} {
		require.NoError(t, peer.Send(0x89, []byte(payload)))
		f, err := peer.Next()
		require.NoError(t, err)
		require.Equal(t, wstest.Frame{Opcode: wstest.Pong, Payload: []byte(payload)}, f)
	}
	require.NoError(t, ws.Close())
	require.Equal(t, net.ErrClosed, <-reading)
}

func TestOnlyTheLatestPingIsAnsweredAfterAWriteThatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, peer := pair(t.Context(), t, 1000)
		writing := async(func() error { _, err := ws.Write(make([]byte, 5000)); return err })
		reading := async(func() error { _, err := ws.Next(); return err })
		synctest.Wait()
		for i := range 1000 {
			require.NoError(t, peer.Send(0x89, []byte{byte(i >> 8), byte(i)}))
		}
		synctest.Wait()
		f, err := peer.Next()
		require.NoError(t, err)
		require.Len(t, f.Payload, 5000)
		require.NoError(t, <-writing)
		var last []byte
		for string(last) != "\x03\xe7" {
			f, err = peer.Next()
			require.NoError(t, err)
			require.Equal(t, byte(wstest.Pong), f.Opcode)
			last = f.Payload
		}
		require.NoError(t, ws.Close())
		require.Equal(t, net.ErrClosed, <-reading)
	})
}

func TestCloseSendsACloseFrameAndWaitsForNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, peer := pair(t.Context(), t, 1000)
		start := time.Now()
		require.NoError(t, ws.Close())
		require.NoError(t, ws.Close())
		require.Zero(t, time.Since(start))
		f, err := peer.Next()
		require.NoError(t, err)
		require.Equal(t, wstest.Frame{Opcode: wstest.Close, Payload: []byte{0x03, 0xe8}}, f)
		_, err = peer.Next()
		require.Equal(t, io.EOF, err)
		_, err = ws.Next()
		require.Equal(t, net.ErrClosed, err)
		_, err = ws.Write([]byte("x"))
		require.Equal(t, net.ErrClosed, err)
	})
}

func TestCloseEndsWaitingReadsAndWrites(t *testing.T) {
	for sentence, tc := range map[string]struct {
		size int
		wait func(*websocket.Conn, *wstest.Peer) error
		want time.Duration // that Close takes
	}{
		"for a message": {1000, func(ws *websocket.Conn, _ *wstest.Peer) error { _, err := ws.Next(); return err }, 0},
		"for the rest of a frame": {1000, func(ws *websocket.Conn, p *wstest.Peer) error {
			p.Write([]byte{0x82, 9, 'a'})
			_, _, err := message(ws)
			return err
		}, 0},
		"for the next frame": {1000, func(ws *websocket.Conn, p *wstest.Peer) error {
			p.Send(2, nil)
			_, _, err := message(ws)
			return err
		}, 0},
		"to write": {1000, func(ws *websocket.Conn, _ *wstest.Peer) error {
			_, err := ws.Write(make([]byte, 5000))
			return err
		}, 0},
		"after a ping that has no room": {16, func(ws *websocket.Conn, _ *wstest.Peer) error {
			_, err := ws.Next() // the second ping waits for room, so Close sends no close frame
			return err
		}, 0},
		"when there is no room for a close frame": {14, func(ws *websocket.Conn, _ *wstest.Peer) error {
			_, _ = ws.Write(make([]byte, 8))
			_, err := ws.Next()
			return err
		}, time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ws, peer := pair(t.Context(), t, tc.size)
				waiting := async(func() error { return tc.wait(ws, peer) })
				if tc.want == 0 {
					time.Sleep(11 * time.Second)
				}
				synctest.Wait()
				start := time.Now()
				require.NoError(t, ws.Close())
				require.Equal(t, tc.want, time.Since(start))
				require.Equal(t, net.ErrClosed, <-waiting)
			})
		})
	}
}

func TestCloseMayBeCalledConcurrently(t *testing.T) {
	ws, _ := pair(t.Context(), t, 1000)
	var closing sync.WaitGroup
	for range 10 {
		closing.Go(func() { _, _ = ws.Write([]byte("x")) })
		closing.Go(func() { ws.Close() })
	}
	closing.Wait()
	_, err := ws.Next()
	require.Equal(t, net.ErrClosed, err)
}

func TestTheEndOfTheContextEndsWaitingReadsAndWrites(t *testing.T) {
	cause := errors.New("enough")
	for sentence, wait := range map[string]func(*websocket.Conn) error{
		"to read":  func(ws *websocket.Conn) error { _, err := ws.Next(); return err },
		"to write": func(ws *websocket.Conn) error { _, err := ws.Write(make([]byte, 5000)); return err },
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				ws, peer := pair(ctx, t, 1000)
				waiting := async(func() error { return wait(ws) })
				synctest.Wait()
				cancel(cause)
				require.Equal(t, cause, <-waiting)
				peer.WaitClosed()
				require.NoError(t, ws.Close())
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		ws, _ := pair(ctx, t, 1000)
		require.NoError(t, ws.Close())
		cancel(cause)
		_, err := ws.Next()
		require.Equal(t, net.ErrClosed, err, "the first cause stays")
	})
}

// certificate returns a self-signed certificate for a server.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTheCloseNotifyOfTLSDelaysNothing(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, SessionTicketsDisabled: true}
	for sentence, tc := range map[string]struct {
		end  func(*websocket.Conn, context.CancelFunc)
		want error
		took time.Duration
	}{
		"when the context ends": {func(_ *websocket.Conn, cancel context.CancelFunc) { cancel() }, context.Canceled, 0},
		"at Close":              {func(ws *websocket.Conn, _ context.CancelFunc) { ws.Close() }, net.ErrClosed, time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The pipe has no buffer, and the server reads nothing after the handshake.
				near, far := net.Pipe()
				paced := websocket.NewPaced(near)
				secure := tls.Client(paced, &tls.Config{InsecureSkipVerify: true})
				handshake := async(tls.Server(far, config).Handshake)
				require.NoError(t, errors.Join(secure.Handshake(), <-handshake))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ws := websocket.New(ctx, secure, paced, path, "")
				reading := async(func() error { _, err := ws.Next(); return err })
				synctest.Wait()
				start := time.Now()
				tc.end(ws, cancel)
				require.Equal(t, tc.want, <-reading)
				require.NoError(t, ws.Close())
				require.Equal(t, tc.took, time.Since(start))
			})
		})
	}
}
