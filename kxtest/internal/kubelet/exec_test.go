package kubelet_test

import (
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestACommandRunsInAContainer(t *testing.T) {
	srv := wiretest.StartDemo(t)
	for name, row := range map[string]struct {
		streams string
		command []string
		stdin   string
		want    map[byte]string
	}{
		"stdout and the status": {"stdout stderr", []string{"echo", "hello"}, "",
			map[byte]string{1: "hello\n", 3: wiretest.Success}},
		"an exit code": {"stdout stderr", []string{"sh", "-c", "exit 7"}, "",
			map[byte]string{1: "", 3: wiretest.ExitStatus("7")}},
		"stdout and stderr": {"stdout stderr", []string{"sh", "-c", "echo out; echo err >&2"}, "",
			map[byte]string{1: "out\n", 2: "err\n", 3: wiretest.Success}},
		"stderr alone": {"stderr", []string{"sh", "-c", "echo out; echo err >&2"}, "",
			map[byte]string{2: "err\n", 3: wiretest.Success}},
		"stdin and EOF": {"stdin stdout", []string{"wc", "-c"}, "four",
			map[byte]string{1: "4\n", 3: wiretest.Success}},
		"stdin alone": {"stdin", []string{"sh", "-c", "read line; test $line = x"}, "x\n",
			map[byte]string{3: wiretest.Success}},
		"stdin that was not requested": {"stdout", []string{"wc", "-c"}, "four",
			map[byte]string{1: "0\n", 3: wiretest.Success}},
		"stdin that the command does not read": {"stdin stdout", []string{"true"}, "four",
			map[byte]string{1: "", 3: wiretest.Success}},
	} {
		t.Run(name, func(t *testing.T) {
			w := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", row.streams, row.command...))
			require.Equal(t, wiretest.V5, w.Conn.Subprotocol())
			if row.stdin != "" {
				w.Send(0, row.stdin)
				w.Send(255, "\x00")
			}
			got, end := w.ReadAll()
			require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(end), "%v", end)
			require.Equal(t, row.want, got)
		})
	}
}

func TestAFailedUpgradeHasTheErrorInItsBody(t *testing.T) {
	srv := wiretest.StartDemo(t)
	for name, row := range map[string]struct {
		cfg     *kubeconfig.Config
		path    string
		code    int
		message string
	}{
		"no such pod": {srv.Config(), wiretest.Pods + "/nope/exec" + wiretest.Query("", "stdout", "id"), 404,
			`pods "nope" not found`},
		"no such container": {srv.Config(), wiretest.Shell + "/exec" + wiretest.Query("nope", "stdout", "id"), 400,
			"container nope is not valid for pod shell"},
		"two containers and no name for exec": {srv.Config(), wiretest.Shell + "/exec" + wiretest.Query("", "stdout", "id"), 400,
			"a container name must be specified for pod shell, choose one of: [main echo]"},
		"two containers and no name for attach": {srv.Config(), wiretest.Shell + "/attach" + wiretest.Query("", "stdout"), 400,
			"a container name must be specified for pod shell, choose one of: [main echo]"},
		"a viewer": {srv.ConfigOf("kx-viewer"), wiretest.Shell + "/exec" + wiretest.Query("main", "stdout", "id"), 403,
			`pods "shell" is forbidden: User "kx-viewer" cannot get resource "pods/exec" in API group "" in the namespace "default"`},
		"get without create": {srv.User("half", kxtest.Allow("get", "pods/exec")), wiretest.Shell + "/exec" +
			wiretest.Query("main", "stdout", "id"), 403, `pods "shell" is forbidden: `},
		"nobody": {srv.ConfigOf("stranger"), wiretest.Shell + "/exec" + wiretest.Query("main", "stdout", "id"), 401,
			"Unauthorized"},
		"another subresource": {srv.Config(), wiretest.Shell + "/proxy" + wiretest.Query("main", "stdout", "id"), 404,
			"the server could not find the requested resource"},
		"a kind without the subresource": {srv.Config(), "/api/v1/namespaces/default/configmaps/shell/exec" +
			wiretest.Query("main", "stdout", "id"), 404, "the server could not find the requested resource"},
	} {
		t.Run(name, func(t *testing.T) {
			w, response, body := wiretest.Dial(t, row.cfg, row.path, wiretest.V5, wiretest.V4)
			require.Nil(t, w)
			require.Equal(t, row.code, response.StatusCode)
			require.Equal(t, row.message, (&wiretest.Answer{T: t, Body: []byte(body)}).At("message"))
		})
	}
	c := wiretest.NewClient(t, srv.Config())
	require.Equal(t, "Upgrade request required",
		c.Get(wiretest.Shell+"/exec"+wiretest.Query("main", "stdout", "id")).Is(400).At("message"))
	require.Equal(t, "Upgrade request required", c.Do("POST", wiretest.Shell+"/attach"+wiretest.Query("main", "stdout"),
		"").Is(400).At("message"))
	c.Do("PUT", wiretest.Shell+"/exec"+wiretest.Query("main", "stdout", "id"), "{}").Is(405)
	for _, offered := range [][]string{nil, {"channel.k8s.io"}} {
		_, response, body := wiretest.Dial(t, srv.Config(), wiretest.Shell+"/exec"+
			wiretest.Query("main", "stdout", "id"), offered...)
		require.Equal(t, 403, response.StatusCode)
		require.Empty(t, body)
	}
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nowhere"},"spec":{"schedulerName":"none","containers":[{"name":"c","image":"x"}]}}`)
	require.NoError(t, err)
	require.Equal(t, "pod nowhere does not have a host assigned",
		c.Get(wiretest.Pods+"/nowhere/exec"+wiretest.Query("", "stdout", "id")).Is(400).At("message"))
}

func TestExecNeedsCreateFrom135AndGetBefore(t *testing.T) {
	srv := wiretest.StartDemo(t, kxtest.WithVersion("1.34.1"))
	for _, cfg := range []*kubeconfig.Config{srv.ConfigOf("kx-editor"),
		srv.User("half", kxtest.Allow("get", "pods/exec"))} {
		w, response, _ := wiretest.Dial(t, cfg, wiretest.Shell+"/exec"+wiretest.Query("main", "stdout", "true"),
			wiretest.V5)
		require.NotNil(t, w, response.Status)
		got, _ := w.ReadAll()
		require.Equal(t, wiretest.Success, got[3])
	}
}

func TestAFailureAfterTheUpgradeIsTheStatus(t *testing.T) {
	srv := wiretest.StartDemo(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ended"},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"kx.local/busybox:1","command":["true"]}]}}`)
	require.NoError(t, err)
	c := wiretest.NewClient(t, srv.Config())
	c.Eventually(wiretest.Pods+"/ended",
		func(a *wiretest.Answer) bool { return a.At("status", "phase") == "Succeeded" })
	for path, want := range map[string]string{
		wiretest.Shell + "/exec" + wiretest.Query("main", "",
			"id"): "unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr",
		wiretest.Shell + "/exec" + wiretest.Query("main", "tty stderr",
			"id"): "unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr",
		wiretest.Pods + "/ended/exec" + wiretest.Query("", "stdout",
			"id"): `unable to upgrade connection: container not found ("c")`,
		wiretest.Pods + "/ended/attach" + wiretest.Query("",
			"stdout"): "unable to upgrade connection: container c not found in pod ended_default",
		wiretest.Shell + "/exec" + wiretest.Query("main",
			"stdout"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: args must not be empty: unknown",
		wiretest.Shell + "/exec" + wiretest.Query("main", "stdout", "nosuch",
			"arg"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown",
		wiretest.Shell + "/exec" + wiretest.Query("main", "stdout",
			"/nosuch"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: unable to start container process: exec: \"/nosuch\": stat /nosuch: no such file or directory: unknown",
		wiretest.Pods + "/distroless/exec" + wiretest.Query("", "stdout",
			"sh"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: unable to start container process: exec: \"sh\": executable file not found in $PATH: unknown",
	} {
		got, end := wiretest.NewSession(t, srv, path).ReadAll()
		require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(end))
		status := &wiretest.Answer{T: t, Body: []byte(got[3])}
		require.Equal(t, "InternalError", status.At("reason"), got[3])
		require.EqualValues(t, 500, status.At("code"))
		message := regexp.MustCompile(`"[0-9a-f]{64}"`).ReplaceAllString(status.At("message").(string), "ID")
		require.Equal(t, "Internal error occurred: "+want, message)
		require.Equal(t, status.At("message"), "Internal error occurred: "+
			status.At("details", "causes", 0, "message").(string))
	}
}

func TestAServerMayHaveV4Only(t *testing.T) {
	srv := wiretest.StartDemo(t, kxtest.WithStreamProtocols(wiretest.V4))
	w := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdin stdout", "sh", "-c",
		"read x; echo $x; exit 7"))
	require.Equal(t, wiretest.V4, w.Conn.Subprotocol())
	w.Send(255, "\x00") // v4 has no such channel
	w.Send(0, "still\n")
	got, _ := w.ReadAll()
	require.Equal(t, "still\n", got[1])
	require.Equal(t, "command terminated with non-zero exit code: error executing command [sh -c read x; echo $x; exit 7], exit code 7", (&wiretest.Answer{T: t, Body: []byte(got[3])}).At("message"))

	got, _ = wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdout", "nosuch")).ReadAll()
	require.Contains(t, (&wiretest.Answer{T: t, Body: []byte(got[3])}).At("message"),
		"Internal error occurred: error executing command in container: ")

	_, response, body := wiretest.Dial(t, srv.Config(), wiretest.Shell+"/exec"+wiretest.Query("main", "", "id"),
		wiretest.V5, wiretest.V4)
	require.Equal(t, 400, response.StatusCode)
	require.Equal(t, "you must specify at least 1 of stdin, stdout, stderr", body, "the kubelet answers itself")
	_, response, _ = wiretest.Dial(t, srv.Config(), wiretest.Shell+"/exec"+wiretest.Query("main", "stdout", "id"),
		wiretest.V5)
	require.Equal(t, 403, response.StatusCode)
}

func TestATerminalHasASizeAndOneStream(t *testing.T) {
	srv := wiretest.StartDemo(t)
	w := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdin stdout stderr tty", "sh"))
	w.ReadUntil(1, "/ # ")
	w.Send(4, `{"Width":120,"Height":40}`)
	w.Send(4, `no size`)
	w.Send(0, "stty size; echo err >&2; tty\n")
	w.ReadUntil(1, "40 120\r\nerr\r\n/dev/pts/0\r\n")
	w.Send(0, "sleep 600\n")
	w.ReadUntil(1, "sleep 600\r\n")
	w.Send(0, "\x03")
	w.ReadUntil(1, "^C")
	w.Send(0, "exit 3\n")
	got, _ := w.ReadAll()
	require.Equal(t, wiretest.ExitStatus("3"), got[3])
	require.Empty(t, got[2])
}

func TestBinaryDataPassesUnchanged(t *testing.T) {
	srv := wiretest.StartDemo(t)
	data := make([]byte, 3<<20)
	_, _ = rand.Read(data)
	w := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdin stdout", "cat"))
	go func() {
		for rest := data; len(rest) > 0; {
			part := rest[:min(len(rest), 32<<10)]
			rest = rest[len(part):]
			w.Send(0, string(part))
		}
		w.Send(255, "\x00")
	}()
	got, _ := w.ReadAll()
	require.True(t, string(data) == got[1])
	require.Equal(t, wiretest.Success, got[3])
}

func TestAClientThatDoesNotReadBlocksTheProcessAndLosesNothing(t *testing.T) {
	var written atomic.Int64
	const total = 64 << 20
	srv := wiretest.StartDemo(t, kxtest.WithProgram("flood", func(ctx context.Context, p *kxtest.Process) int {
		for block := make([]byte, 64<<10); written.Load() < total; {
			n, err := p.Stdout().Write(block)
			written.Add(int64(n))
			if err != nil {
				return 1
			}
		}
		return 9
	}))
	w := wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdout", "flood"))
	require.Eventually(t, func() bool { return written.Load() > 0 }, time.Minute, time.Millisecond)
	poll := time.NewTicker(100 * time.Millisecond)
	defer poll.Stop()
	for before := int64(-1); before != written.Load(); <-poll.C { // until the program blocks
		before = written.Load()
		// The library reads no pongs here; the server's pongs must not end the session.
		for range 20 {
			go func() { _ = w.Conn.Ping(t.Context()) }()
		}
	}
	require.Less(t, written.Load(), int64(total/2), "the buffers of two sockets hold less than that")
	received := 0
	for {
		channel, text, err := w.Read()
		require.NoError(t, err)
		if channel == 3 {
			require.Equal(t, wiretest.ExitStatus("9"), text)
			break
		}
		received += len(text)
	}
	require.Equal(t, total, received)
}

func TestAnUpgradeIsOneRequestInTheJournal(t *testing.T) {
	srv := wiretest.StartDemo(t)
	srv.ForgetRequests()
	path := wiretest.Shell + "/exec"
	got, _ := wiretest.NewSession(t, srv, path+wiretest.Query("main", "stdin stdout", "echo", "x")).ReadAll()
	require.Equal(t, "x\n", got[1])
	requests := srv.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, "GET "+path+" kx-admin", requests[0].Method+" "+requests[0].Path+" "+requests[0].User)
	require.Equal(t, []string{"echo", "x"}, requests[0].Query["command"])
	require.Equal(t, []string{wiretest.V5 + "," + wiretest.V4}, requests[0].Header["Sec-Websocket-Protocol"])
}

func TestCloseEndsSessionsAndContainers(t *testing.T) {
	srv := wiretest.StartDemo(t)
	open := []*wiretest.Session{
		wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdin stdout tty", "sh")),
		wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdout", "yes")),
		// nobody reads this output
		wiretest.NewSession(t, srv, wiretest.Shell+"/exec"+wiretest.Query("main", "stdin", "sleep", "600")),
		wiretest.NewSession(t, srv, wiretest.Shell+"/attach"+wiretest.Query("echo", "stdin stdout")),
	}
	open[2].Send(0, strings.Repeat("x", 1<<20)) // nobody reads this input
	srv.Close()
	for _, w := range open {
		_, err := w.ReadAll()
		require.Error(t, err)
	}
}
