package wiretest

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

// The subprotocols of a session (KEP-4006).
const (
	V5 = "v5.channel.k8s.io"
	V4 = "v4.channel.k8s.io"
)

// Query returns the query of an exec or attach. streams are words such as "stdin tty".
func Query(container, streams string, command ...string) string {
	values := url.Values{"command": command}
	if container != "" {
		values.Set("container", container)
	}
	for name := range strings.FieldsSeq(streams) {
		values.Set(name, "true")
	}
	return "?" + values.Encode()
}

// Session is the client's end of an exec, attach or port-forward.
type Session struct {
	t    *testing.T
	Conn *websocket.Conn
}

// Dial opens a session. If the server refuses, it returns the response and its body.
func Dial(t *testing.T, cfg *kubeconfig.Config, path string, protocols ...string) (*Session,
	*http.Response, string) {
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
		&websocket.DialOptions{
			HTTPClient:   &http.Client{Transport: transport},
			HTTPHeader:   header,
			Subprotocols: protocols,
		})
	if err != nil {
		require.NotNil(t, response, "%v", err)
		body, _ := io.ReadAll(response.Body)
		return nil, response, string(body)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &Session{t, conn}, response, ""
}

// NewSession opens a session as the administrator.
func NewSession(t *testing.T, srv *kxtest.Server, path string) *Session {
	t.Helper()
	w, response, body := Dial(t, srv.Config(), path, V5, V4)
	require.NotNil(t, w, "%s %s", response.Status, body)
	return w
}

// Send sends text on a channel.
func (w *Session) Send(channel byte, text string) {
	w.t.Helper()
	require.NoError(w.t, w.Conn.Write(w.t.Context(), websocket.MessageBinary,
		append([]byte{channel}, text...)))
}

// Read reads a message. It waits a minute at most.
func (w *Session) Read() (channel byte, text string, err error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	_, data, err := w.Conn.Read(ctx)
	if err != nil {
		return 0, "", err
	}
	return data[0], string(data[1:]), nil
}

// ReadAll reads until the session ends. It returns the data of each channel, and the error of the
// last read.
func (w *Session) ReadAll() (channels map[byte]string, end error) {
	channels = map[byte]string{}
	for {
		channel, text, err := w.Read()
		if err != nil {
			return channels, err
		}
		channels[channel] += text
	}
}

// ReadUntil reads until a channel has sent the text.
func (w *Session) ReadUntil(channel byte, text string) {
	w.t.Helper()
	seen := ""
	for !strings.Contains(seen, text) {
		c, more, err := w.Read()
		require.NoError(w.t, err, "after %q", seen)
		if c == channel {
			seen += more
		}
	}
}

// Success is the Status of a program that ended with 0. Shell is the path of the pod shell.
const (
	Success = `{"metadata":{},"status":"Success"}`
	Shell   = Pods + "/shell"
)

// ExitStatus returns the Status of a program that ended with code.
func ExitStatus(code string) string {
	return `{"metadata":{},"status":"Failure","message":"` +
		"command terminated with non-zero exit code: command terminated with exit code " + code +
		`","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"` +
		code + `"}]}}`
}

// StartDemo starts a server with the pods of WithDemo, and waits until they run.
func StartDemo(t *testing.T, options ...kxtest.Option) *kxtest.Server {
	t.Helper()
	srv := kxtest.Start(t, append(options, kxtest.WithDemo())...)
	for _, pod := range []string{"/shell", "/distroless"} {
		NewClient(t, srv.Config()).Eventually(Pods+pod, IsRunning)
	}
	return srv
}
