package portforward_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// localConn is Serve's side of a local connection in memory. It records SetLinger(0). It fails as
// the system does once the peer has answered with a reset.
type localConn struct {
	side *wstest.Conn
	net.Conn
	reset    bool // the peer has closed both sides
	lingered chan int
}

func (c *localConn) Read(p []byte) (int, error) {
	n, err := c.side.Read(p)
	if c.reset && errors.Is(err, io.EOF) && len(p) == 1 {
		err = syscall.EPIPE
	}
	return n, err
}
func (c *localConn) Write(p []byte) (int, error) { return c.side.Write(p) }
func (c *localConn) Close() error                { return c.side.Close() }
func (c *localConn) SetLinger(seconds int) error { c.lingered <- seconds; return nil }

// oneConn is a listener with one connection.
type oneConn struct {
	net.Listener
	conns chan net.Conn
}

func (l *oneConn) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (l *oneConn) Close() error { return nil }

func TestAHalfClosedConnectionThatIsGivenUpIsResetAndOneLineSaysWhy(t *testing.T) {
	const why = "port 80 of pod web-0: the program sent nothing for 10s after the client had ended its side, " +
		"which port-forward cannot tell the program: the answer may be incomplete"
	type conns = func(program *wstest.Peer, client *wstest.Conn)
	ask := func(p *wstest.Peer, c *wstest.Conn) {
		_, _ = c.Write([]byte("question"))
		_, _ = p.NextMessage()
	}
	answer := func(p *wstest.Peer, c *wstest.Conn) {
		p.Message(0, "answer")
		_, _ = io.ReadFull(c, make([]byte, len("answer")))
	}
	for name, tc := range map[string]struct {
		before, after conns // the half-close
		reset         bool  // the client has closed its connection, and the system notices it
		ended         bool  // by the program: an orderly end
		want          string
	}{
		"no answer":                        {before: ask, want: why},
		"half of an answer":                {before: ask, after: answer, want: why},
		"an answer before, and one after":  {before: func(p *wstest.Peer, c *wstest.Conn) { ask(p, c); answer(p, c) }, after: answer, want: why},
		"a question after an answer":       {before: func(p *wstest.Peer, c *wstest.Conn) { ask(p, c); answer(p, c); ask(p, c) }, want: why},
		"a client that has its answer":     {before: func(p *wstest.Peer, c *wstest.Conn) { ask(p, c); answer(p, c) }},
		"a client that is gone":            {before: ask, after: func(p *wstest.Peer, _ *wstest.Conn) { p.Message(0, "late") }, reset: true},
		"a program that ends its side too": {before: ask, after: answer, ended: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				programs := make(chan *wstest.Peer, 1)
				f, err := portforward.New(t.Context(), streamServer(t, programs), podKind, "web-0", portforward.Options{})
				require.NoError(t, err)
				local, client := wstest.Pipe(1 << 10)
				accepted := &localConn{side: local, reset: tc.reset, lingered: make(chan int, 1)}
				l := &oneConn{conns: make(chan net.Conn, 1)}
				l.conns <- accepted
				close(l.conns)
				failed := make(chan error, 9)
				served := make(chan struct{})
				go func() {
					defer close(served)
					f.Serve(t.Context(), l, "80", func(err error) { failed <- err })
				}()
				program := <-programs
				tc.before(program, client)
				require.NoError(t, client.CloseWrite())
				time.Sleep(5 * time.Second)
				begin := time.Now()
				if tc.after != nil {
					tc.after(program, client)
				} else {
					begin = begin.Add(-5 * time.Second)
				}
				if tc.ended {
					program.SendClose(1000)
					<-served
					require.Empty(t, accepted.lingered)
					return
				}
				go program.Discard()
				<-served
				require.Equal(t, 10*time.Second, time.Since(begin))
				require.Equal(t, 0, <-accepted.lingered)
				if tc.want == "" {
					require.Empty(t, failed)
					return
				}
				err = <-failed
				require.EqualError(t, err, tc.want)
				require.ErrorIs(t, err, subresource.ErrHalfClosed)
				require.Empty(t, failed)
			})
		})
	}
}

// streamServer returns a client of a server with the pod web-0, whose programs it sends.
func streamServer(t *testing.T, programs chan<- *wstest.Peer) *transport.Client {
	client, err := transport.New(&kubeconfig.Config{Server: "https://kx.invalid"},
		transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper {
			return roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.Header.Get("Upgrade") == "" {
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(runningPod)), Request: req}, nil
				}
				resp, peer := wstest.Accept(req, "v4.channel.k8s.io", 64<<10)
				go func() {
					peer.Message(0, "\x50\x00")
					peer.Message(1, "\x50\x00")
					programs <- peer
				}()
				return resp, nil
			})
		}))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}
