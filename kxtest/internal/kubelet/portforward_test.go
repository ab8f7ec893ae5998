package kubelet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/replay"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// serving starts a server with the pod "server", where a program of the test serves HTTP on port
// 8080.
func serving(t *testing.T) *kxtest.Server {
	t.Helper()
	listening := make(chan struct{})
	srv := kxtest.Start(t, kxtest.WithProgram("/serve", func(ctx context.Context, p *kxtest.Process) int {
		l, err := p.Listen(8080)
		if err != nil {
			fmt.Fprintln(p.Stderr(), err)
			return 1
		}
		close(listening)
		answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s of %s", r.URL.Path, p.Getenv("HOSTNAME"))
		})
		_ = (&http.Server{Handler: answer}).Serve(l) // ends with the process
		return 0
	}))
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"server"},"spec":{"containers":[{"name":"app","image":"kx.local/busybox:1","command":["/serve"]}]}}`)
	require.NoError(t, err)
	<-listening
	return srv
}

func forwarded(t *testing.T, cfg *kubeconfig.Config, port int, options ...transport.Option) *subresource.ForwardedConn {
	t.Helper()
	conn, err := subresource.PortForward(resources.New[resources.Pod](clientOf(t, cfg, options...))).Dial(t.Context(),
		"server", port)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func clientOf(t *testing.T, cfg *kubeconfig.Config, options ...transport.Option) *transport.Client {
	t.Helper()
	client, err := transport.New(cfg, options...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// asked sends an HTTP request, and returns the response.
func asked(conn io.ReadWriter) (string, error) {
	if _, err := io.WriteString(conn, "GET /hello HTTP/1.0\r\n\r\n"); err != nil {
		return "", err
	}
	text, err := io.ReadAll(conn)
	_, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	return string(body), err
}

func TestAProgramOfTheTestListensOnAPortOfItsPod(t *testing.T) {
	srv := serving(t)
	for range 3 {
		body, err := asked(forwarded(t, srv.Config(), 8080))
		require.NoError(t, err)
		require.Equal(t, "/hello of server", body)
	}
	_, err := io.ReadAll(forwarded(t, srv.Config(), 8081))
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestAFaultCutsAForwardedConnection(t *testing.T) {
	srv := serving(t)
	for name, row := range map[string]struct {
		effect *kxtest.Effect
		whole  bool
	}{
		"within the response":        {kxtest.CutStream(10), false},
		"after the response":         {kxtest.CutStream(math.MaxInt), true},
		"at the end of the response": {kxtest.CutStreamAfterStatus(), true},
	} {
		t.Run(name, func(t *testing.T) {
			fault := srv.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods/server/portforward",
				Then: row.effect})
			body, err := asked(forwarded(t, srv.Config(), 8080))
			require.ErrorContains(t, err, "the connection to the server was lost")
			require.NotErrorIs(t, err, io.EOF)
			require.Equal(t, row.whole, body == "/hello of server", body)
			require.Equal(t, 1, fault.Hits())
		})
	}
	body, err := asked(forwarded(t, srv.Config(), 8080))
	require.NoError(t, err, "the next is served")
	require.Equal(t, "/hello of server", body)
}

func TestAForwardedConnectionEndsWithItsServer(t *testing.T) {
	srv := serving(t)
	conn := forwarded(t, srv.Config(), 8080)
	reading := make(chan error, 1)
	go func() { _, err := io.ReadAll(conn); reading <- err }()
	srv.Close()
	<-reading // ends with the program or with the server
}

func TestAForwardedConnectionIsRecordedAndReplayed(t *testing.T) {
	srv := serving(t)
	recorder := replay.NewRecorder("a forwarded connection", "v1.35.4")
	body, err := asked(forwarded(t, srv.Config(), 8080, recorder.Option(srv.Config())))
	require.NoError(t, err)
	require.Equal(t, "/hello of server", body)
	file := filepath.Join(t.TempDir(), "forwarded.http")
	require.NoError(t, recorder.WriteFile(file))
	body, err = asked(forwarded(t, replay.Serve(t, file).Config(), 8080))
	require.NoError(t, err)
	require.Equal(t, "/hello of server", body)
}

func ExampleProcess_Listen() {
	listening := make(chan struct{})
	server, err := kxtest.New(kxtest.WithProgram("/greet", func(_ context.Context, p *kxtest.Process) int {
		l, err := p.Listen(7)
		if err != nil {
			return 1
		}
		close(listening)
		for {
			conn, err := l.Accept()
			if err != nil {
				return 0 // the process was killed
			}
			fmt.Fprintln(conn, "hello")
			conn.Close()
		}
	}))
	if err != nil {
		panic(err)
	}
	defer server.Close()
	_, err = server.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "app", "image": "kx.local/busybox:1", "command": ["/greet"]}]}}`)
	if err != nil {
		panic(err)
	}
	<-listening
	client, err := transport.New(server.Config())
	if err != nil {
		panic(err)
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	conn, err := subresource.PortForward(pods).Dial(context.Background(), "web-0", 7)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	text, err := io.ReadAll(conn)
	fmt.Printf("%q %v\n", text, err)

	conn, err = subresource.PortForward(pods).Dial(context.Background(), "web-0", 80)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	_, err = io.ReadAll(conn)
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED), err)
	// Output:
	// "hello\n" <nil>
	// true port 80 of pod web-0: connection refused: nothing in the pod listens there
}
