package kxtest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
)

const v5, v4 = "v5.channel.k8s.io", "v4.channel.k8s.io"

// query makes the query of an exec: the words of the command, and then streams such as "stdin".
func query(container, streams string, command ...string) string {
	values := url.Values{"command": command}
	if container != "" {
		values.Set("container", container)
	}
	for name := range strings.FieldsSeq(streams) {
		values.Set(name, "true")
	}
	return "?" + values.Encode()
}

// wire is the client's end of a session.
type wire struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a session, or returns the answer that refuses it.
func dial(t *testing.T, cfg *kubeconfig.Config, path string, protocols ...string) (*wire, *http.Response, string) {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(cfg.TLS.CAData))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	header := http.Header{}
	if cfg.BearerToken != "" {
		header.Set("Authorization", "Bearer "+cfg.BearerToken)
	}
	conn, response, err := websocket.Dial(t.Context(), cfg.Server+path,
		&websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}, HTTPHeader: header,
			Subprotocols: protocols})
	if err != nil {
		require.NotNil(t, response, "%v", err)
		body, _ := io.ReadAll(response.Body)
		return nil, response, string(body)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &wire{t, conn}, response, ""
}

// session opens a session as the administrator.
func session(t *testing.T, srv *kxtest.Server, path string) *wire {
	t.Helper()
	w, response, body := dial(t, srv.Config(), path, v5, v4)
	require.NotNil(t, w, "%s %s", response.Status, body)
	return w
}

func (w *wire) send(channel byte, text string) {
	w.t.Helper()
	require.NoError(w.t, w.conn.Write(w.t.Context(), websocket.MessageBinary, append([]byte{channel}, text...)))
}

// read reads a message.
func (w *wire) read() (channel byte, text string, err error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	_, data, err := w.conn.Read(ctx)
	if err != nil {
		return 0, "", err
	}
	return data[0], string(data[1:]), nil
}

// rest reads until the session has ended, and returns what came on each channel.
func (w *wire) rest() (channels map[byte]string, end error) {
	channels = map[byte]string{}
	for {
		channel, text, err := w.read()
		if err != nil {
			return channels, err
		}
		channels[channel] += text
	}
}

// until reads until the text has come on a channel.
func (w *wire) until(channel byte, text string) {
	w.t.Helper()
	seen := ""
	for !strings.Contains(seen, text) {
		c, more, err := w.read()
		require.NoError(w.t, err, "after %q", seen)
		if c == channel {
			seen += more
		}
	}
}

const (
	success = `{"metadata":{},"status":"Success"}`
	shell   = pods + "/shell"
)

func exitStatus(code string) string {
	return `{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: command terminated with exit code ` + code +
		`","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"` + code + `"}]}}`
}

// demo starts a server in which the pods of WithDemo run.
func demo(t *testing.T, options ...kxtest.Option) *kxtest.Server {
	t.Helper()
	srv := kxtest.Start(t, append(options, kxtest.WithDemo())...)
	for _, pod := range []string{"/shell", "/distroless"} {
		newClient(t, srv.Config()).eventually(pods+pod, running)
	}
	return srv
}
