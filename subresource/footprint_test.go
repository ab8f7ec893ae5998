package subresource_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// alive returns the bytes in use on the heap.
func alive() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// passing is a reader and a writer that counts left down. Every 32 MiB it checks the memory in use.
type passing struct {
	t          *testing.T
	left, base int64
}

func (p *passing) pass(n int) {
	const interval = 32 << 20
	before := p.left
	if (before-int64(n))/interval != before/interval {
		require.Less(p.t, alive()-p.base, int64(2<<20))
	}
	p.left -= int64(n)
}

func (p *passing) Write(b []byte) (int, error) { p.pass(len(b)); return len(b), nil }

func (p *passing) Read(b []byte) (int, error) {
	n := int(min(int64(len(b)), p.left))
	if n == 0 {
		return 0, io.EOF
	}
	p.pass(n)
	return n, nil
}

func TestASessionsMemoryStaysUnderTwoMebibytes(t *testing.T) {
	const total = 256 << 20
	frame := append([]byte{0x82, 126, 0x80, 0x00, 1}, make([]byte, 32767)...)
	for sentence, serve := range map[string]func(*wstest.Peer){
		"received": func(p *wstest.Peer) {
			go func() { _, _ = io.Copy(io.Discard, p.Conn) }()
			for sent := 0; sent < total; sent += 32767 {
				_, _ = p.Write(frame)
			}
			_ = p.Message(3, success)
			_ = p.CloseWrite()
		},
		"sent": func(p *wstest.Peer) {
			buffer := make([]byte, 32<<10)
			for got := 0; got < total; {
				n, err := p.Read(buffer)
				got += n
				if err != nil {
					return
				}
			}
			finish(p, success)
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := &fakeServer{serve: serve}
			pods := s.pods(t)
			base := alive()
			o := subresource.ExecOptions{Command: []string{"program"}, Stdout: io.Discard}
			through := &passing{t, total, base}
			if sentence == "sent" {
				o.Stdin = through
			} else {
				o.Stdout = through
			}
			session, err := subresource.Exec(pods).Start(t.Context(), "web-0", o)
			require.NoError(t, err)
			require.NoError(t, session.Wait())
			require.Less(t, through.left, int64(1<<20))
		})
	}
	t.Run("the output is not read", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &fakeServer{serve: func(p *wstest.Peer) {
				go func() { _, _ = io.Copy(io.Discard, p.Conn) }()
				for {
					if _, err := p.Write(frame); err != nil {
						return
					}
				}
			}}
			pods := s.pods(t)
			base := alive()
			o := subresource.ExecOptions{Command: []string{"program"}, Stdin: &passing{t, total, base}, StdoutPipe: true, StderrPipe: true}
			session, err := subresource.Exec(pods).Start(t.Context(), "web-0", o)
			require.NoError(t, err)
			time.Sleep(2 * time.Minute)
			require.Less(t, alive()-base, int64(2<<20))
			require.NoError(t, session.Close())
			runtime.KeepAlive(session)
		})
	})
}

func TestASessionAllocatesNothingForAFrame(t *testing.T) {
	const frames = 10_000
	s := &fakeServer{serve: func(p *wstest.Peer) {
		go func() { _, _ = io.Copy(io.Discard, p.Conn) }()
		_, _ = io.WriteString(p, strings.Repeat("\x82\x05\x01data", frames/2)+strings.Repeat("\x82\x7e\x00\x05\x01data", frames/2))
		_ = p.Message(3, success)
		_ = p.CloseWrite()
	}}
	exec := subresource.Exec(s.pods(t))
	o := subresource.ExecOptions{Command: []string{"program"}, Stdout: io.Discard}
	allocations := testing.AllocsPerRun(1, func() {
		session, err := exec.Start(t.Context(), "web-0", o)
		require.NoError(t, err)
		require.NoError(t, session.Wait())
	})
	require.Less(t, allocations, float64(frames/10), "what remains is for the session")
}

func TestASessionHasSevenGoroutinesAtMost(t *testing.T) {
	arrived := make(chan struct{})
	s := &fakeServer{serve: func(p *wstest.Peer) { close(arrived); p.WaitClosed() }}
	pods := s.pods(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	before := runtime.NumGoroutine()
	o := subresource.ExecOptions{Command: []string{"program"}, Stdin: r, Stdout: io.Discard, Stderr: io.Discard}
	session, err := subresource.Exec(pods).Start(t.Context(), "web-0", o)
	require.NoError(t, err)
	<-arrived
	require.LessOrEqual(t, runtime.NumGoroutine()-before, 7+1, "and that of the server")
	require.NoError(t, session.Close())
	require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)
}

// descriptors returns the number of the process's open files, if the system shows them.
func descriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

func TestSessionsOverANetworkLeaveNoGoroutineAndNoDescriptor(t *testing.T) {
	defer leaktest.Verify(t, goleak.IgnoreCurrent())
	before := descriptors()
	func() {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("command") == "refused" {
				http.Error(w, "no", http.StatusForbidden)
				return
			}
			conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{v5}})
			if err != nil {
				return
			}
			defer conn.CloseNow()
			switch r.URL.Query().Get("command") {
			case "ends":
				_ = conn.Write(r.Context(), websocket.MessageBinary, []byte("\x01hello"))
				_ = conn.Write(r.Context(), websocket.MessageBinary, []byte("\x03"+success))
				_ = conn.Close(websocket.StatusNormalClosure, "")
			case "yes": // it reads no input
				for conn.Write(r.Context(), websocket.MessageBinary, []byte("\x01"+strings.Repeat("y\n", 5000))) == nil {
				}
			}
		}))
		server.EnableHTTP2 = true
		server.StartTLS()
		defer server.Close()
		client, err := transport.New(&kubeconfig.Config{Server: server.URL, TLS: kubeconfig.TLS{Insecure: true}})
		require.NoError(t, err)
		defer client.Close()
		exec := subresource.Exec(resources.New[resources.Pod](client))
		for range 5 {
			res, err := exec.Run(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"ends"}})
			require.NoError(t, err)
			require.Equal(t, "hello", string(res.Stdout))
			_, err = exec.Run(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"refused"}})
			require.ErrorIs(t, err, transport.ErrForbidden)

			session, err := exec.Start(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"yes"}, StdoutPipe: true})
			require.NoError(t, err)
			_, err = io.ReadFull(session.StdoutPipe(), make([]byte, 1<<20))
			require.NoError(t, err)
			require.NoError(t, session.Close())
			require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)

			session, err = exec.Start(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"yes"}, Stdin: &failing{1 << 30, io.EOF}, Stdout: io.Discard})
			require.NoError(t, err)
			require.NoError(t, session.Close())
			require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)
		}
	}()
	require.Eventually(t, func() bool { return descriptors() <= before }, time.Minute, time.Millisecond,
		"descriptors are left: before there were %d", before)
}
