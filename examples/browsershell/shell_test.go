package main

import (
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/subresource"
)

const token = "TOKENOFTHETEST"

func TestAShellNeedsTheTokenAndTheOrigin(t *testing.T) {
	s, _ := serve(t, clustertest.Start(t))
	const another = "https://example.com"
	for _, row := range []struct {
		name, origin string
		protocols    []string
		code         int
		body         string
	}{
		{"no origin", "", []string{"shell", "token." + token}, http.StatusForbidden, "the page's origin is not " + s.origin},
		{"another origin", another, []string{"shell", "token." + token}, http.StatusForbidden, "the page's origin is not " + s.origin},
		{"the origin with another scheme", strings.Replace(s.origin, "http:", "https:", 1), []string{"shell", "token." + token}, http.StatusForbidden, "the page's origin is not " + s.origin},
		{"no token", s.origin, []string{"shell"}, http.StatusUnauthorized, "the token is wrong"},
		{"an empty token", s.origin, []string{"shell", "token."}, http.StatusUnauthorized, "the token is wrong"},
		{"another token", s.origin, []string{"shell", "token." + token + "X"}, http.StatusUnauthorized, "the token is wrong"},
		{"a part of the token", s.origin, []string{"shell", "token." + token[:5]}, http.StatusUnauthorized, "the token is wrong"},
	} {
		t.Run(row.name, func(t *testing.T) {
			conn, answer, err := dial(t, s, row.origin, row.protocols...)
			require.Error(t, err)
			require.Nil(t, conn)
			require.Equal(t, row.code, answer.StatusCode)
			body := make([]byte, 200)
			n, _ := answer.Body.Read(body)
			require.Equal(t, row.body+"\n", string(body[:n]))
		})
	}
}

func TestAShellEndsWithItsReasonAndTheLogHasNoToken(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	for _, row := range []struct{ name, typed, container, reason string }{
		{"exit", "exit\n", "app", "The shell has ended."},
		{"an exit code", "exit 3\n", "app", "the program ended with code 3"},
		{"no container", "", "absent", "absent"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, logged := serve(t, cluster)
			s.container = row.container
			conn, _, err := dial(t, s, s.origin, "shell", "token."+token)
			require.NoError(t, err)
			require.Equal(t, "shell", conn.Subprotocol(), "the answer repeats no token")
			require.NoError(t, conn.Write(t.Context(), websocket.MessageBinary, []byte(row.typed)))
			end := readUntilClosed(t, conn)
			require.Equal(t, websocket.StatusNormalClosure, end.Code)
			require.Contains(t, end.Reason, row.reason)
			require.Contains(t, logged.String(), "a shell in pod web-0 begins")
			require.Contains(t, logged.String(), row.reason)
			require.NotContains(t, logged.String(), token)
		})
	}
}

func TestAMessageThatNoPageSendsEndsTheShell(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	s, _ := serve(t, cluster)
	for _, row := range []struct {
		name, message string
		kind          websocket.MessageType
		code          websocket.StatusCode
	}{
		{"no JSON", "{", websocket.MessageText, websocket.StatusPolicyViolation},
		{"no columns", `{"rows": 24}`, websocket.MessageText, websocket.StatusPolicyViolation},
		{"negative rows", `{"columns": 80, "rows": -1}`, websocket.MessageText, websocket.StatusPolicyViolation},
		{"a huge terminal", `{"columns": 65536, "rows": 24}`, websocket.MessageText, websocket.StatusPolicyViolation},
		{"a message above the limit", strings.Repeat("x", maxMessage+1), websocket.MessageBinary, websocket.StatusMessageTooBig},
	} {
		t.Run(row.name, func(t *testing.T) {
			conn, _, err := dial(t, s, s.origin, "shell", "token."+token)
			require.NoError(t, err)
			require.NoError(t, conn.Write(t.Context(), row.kind, []byte(row.message)))
			require.Equal(t, row.code, readUntilClosed(t, conn).Code)
		})
	}
}

func TestTheNumberOfShellsIsLimitedAndAShellEndsWithItsBrowser(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	s, _ := serve(t, cluster)
	s.slots = make(chan struct{}, 1)
	first, _, err := dial(t, s, s.origin, "shell", "token."+token)
	require.NoError(t, err)
	require.NoError(t, first.Write(t.Context(), websocket.MessageBinary, []byte("trap 'touch /tmp/ended' EXIT; echo a$((1))b; sleep 3600\n")))
	readUntil(t, first, "a1b")
	_, answer, err := dial(t, s, s.origin, "shell", "token."+token)
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)

	require.NoError(t, first.CloseNow())
	ctx := clustertest.Within(t)
	until := `until [ -e /tmp/ended ]; do sleep 0.1; done`
	out, err := subresource.Exec(cluster.Pods).Run(ctx, "web-0", subresource.ExecOptions{Command: []string{"sh", "-c", until}})
	require.NoError(t, err)
	require.Zero(t, out.ExitCode)
	select { // the session of the first has ended, too
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		require.NoError(t, ctx.Err())
	}
}

func TestOnlyTheFilesOfThePageAreServed(t *testing.T) {
	s, _ := serve(t, clustertest.Start(t))
	get := func(path string) *http.Response {
		answer, err := http.Get(s.origin + path)
		require.NoError(t, err)
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	page := get("/")
	require.Equal(t, http.StatusOK, page.StatusCode)
	policy := page.Header.Get("Content-Security-Policy")
	require.Regexp(t, `^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[A-Z2-7]{26}'; connect-src 'self'; `, policy)
	require.NotContains(t, policy, "unsafe")
	require.NotEqual(t, policy, get("/").Header.Get("Content-Security-Policy"), "the nonce is new each time")
	require.Equal(t, "no-store", page.Header.Get("Cache-Control"))
	for _, path := range []string{"/page.js", "/page.css", "/xterm/xterm.js", "/xterm/xterm.css", "/xterm/addon-fit.js", "/xterm/LICENSE"} {
		require.Equal(t, http.StatusOK, get(path).StatusCode, path)
	}
	for _, path := range []string{"/page.html", "/main.go", "/xterm/../main.go", "/other"} {
		require.Equal(t, http.StatusNotFound, get(path).StatusCode, path)
	}
}

// serve serves shells in the container app of the pod web-0.
func serve(t *testing.T, cluster *clustertest.Cluster) (*shell, *lockedBuilder) {
	t.Helper()
	logged := &lockedBuilder{}
	s := &shell{
		pods: cluster.Pods, pod: "web-0", container: "app", token: token,
		slots: make(chan struct{}, maxSessions), log: log.New(logged, "", 0),
	}
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	s.origin = server.URL
	return s, logged
}

func dial(t *testing.T, s *shell, origin string, protocols ...string) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, answer, err := websocket.Dial(clustertest.Within(t), s.origin+"/session", &websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols})
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, answer, err
}

func readUntil(t *testing.T, conn *websocket.Conn, text string) {
	t.Helper()
	var read strings.Builder
	for !strings.Contains(read.String(), text) {
		_, message, err := conn.Read(clustertest.Within(t))
		require.NoError(t, err, read.String())
		read.Write(message)
	}
}

func readUntilClosed(t *testing.T, conn *websocket.Conn) (end websocket.CloseError) {
	t.Helper()
	for {
		_, _, err := conn.Read(clustertest.Within(t))
		if err != nil {
			require.ErrorAs(t, err, &end)
			return end
		}
	}
}

// lockedBuilder may be written and read at once.
type lockedBuilder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuilder) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
