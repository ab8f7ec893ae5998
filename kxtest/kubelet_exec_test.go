package kxtest_test

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
)

func TestACommandRunsInAContainer(t *testing.T) {
	srv := demo(t)
	for name, row := range map[string]struct {
		streams string
		command []string
		stdin   string
		want    map[byte]string
	}{
		"its output and its end": {"stdout stderr", []string{"echo", "hello"}, "",
			map[byte]string{1: "hello\n", 3: success}},
		"an exit code": {"stdout stderr", []string{"sh", "-c", "exit 7"}, "",
			map[byte]string{1: "", 3: exitStatus("7")}},
		"two streams": {"stdout stderr", []string{"sh", "-c", "echo out; echo err >&2"}, "",
			map[byte]string{1: "out\n", 2: "err\n", 3: success}},
		"one of them": {"stderr", []string{"sh", "-c", "echo out; echo err >&2"}, "",
			map[byte]string{2: "err\n", 3: success}},
		"input and its end": {"stdin stdout", []string{"wc", "-c"}, "four",
			map[byte]string{1: "4\n", 3: success}},
		"stdin alone": {"stdin", []string{"sh", "-c", "read line; test $line = x"}, "x\n",
			map[byte]string{3: success}},
		"input that nobody asked for": {"stdout", []string{"wc", "-c"}, "four",
			map[byte]string{1: "0\n", 3: success}},
		"input that the command leaves": {"stdin stdout", []string{"true"}, "four", map[byte]string{1: "", 3: success}},
	} {
		t.Run(name, func(t *testing.T) {
			w := session(t, srv, shell+"/exec"+query("main", row.streams, row.command...))
			require.Equal(t, v5, w.conn.Subprotocol())
			if row.stdin != "" {
				w.send(0, row.stdin)
				w.send(255, "\x00")
			}
			got, end := w.rest()
			require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(end), "%v", end)
			require.Equal(t, row.want, got)
		})
	}
}

func TestAnUpgradeThatFailsSaysWhyInItsBody(t *testing.T) {
	srv := demo(t)
	for name, row := range map[string]struct {
		cfg     *kubeconfig.Config
		path    string
		code    int
		message string
	}{
		"no such pod": {srv.Config(), pods + "/nope/exec" + query("", "stdout", "id"), 404,
			`pods "nope" not found`},
		"no such container": {srv.Config(), shell + "/exec" + query("nope", "stdout", "id"), 400,
			"container nope is not valid for pod shell"},
		"two and none chosen": {srv.Config(), shell + "/exec" + query("", "stdout", "id"), 400,
			"a container name must be specified for pod shell, choose one of: [main echo]"},
		"and for attach": {srv.Config(), shell + "/attach" + query("", "stdout"), 400,
			"a container name must be specified for pod shell, choose one of: [main echo]"},
		"a viewer": {srv.ConfigOf("kx-viewer"), shell + "/exec" + query("main", "stdout", "id"), 403,
			`pods "shell" is forbidden: User "kx-viewer" cannot get resource "pods/exec" in API group "" in the namespace "default"`},
		"get without create": {srv.User("half", kxtest.Allow("get", "pods/exec")), shell + "/exec" +
			query("main", "stdout", "id"), 403, `pods "shell" is forbidden: `},
		"nobody": {srv.ConfigOf("stranger"), shell + "/exec" + query("main", "stdout", "id"), 401,
			"Unauthorized"},
		"another subresource": {srv.Config(), shell + "/proxy" + query("main", "stdout", "id"), 404,
			"the server could not find the requested resource"},
		"a kind that has it not": {srv.Config(), "/api/v1/namespaces/default/configmaps/shell/exec" +
			query("main", "stdout", "id"), 404, "the server could not find the requested resource"},
	} {
		t.Run(name, func(t *testing.T) {
			w, response, body := dial(t, row.cfg, row.path, v5, v4)
			require.Nil(t, w)
			require.Equal(t, row.code, response.StatusCode)
			require.Equal(t, row.message, (&answer{t: t, body: []byte(body)}).at("message"))
		})
	}
	c := newClient(t, srv.Config())
	require.Equal(t, "Upgrade request required",
		c.get(shell+"/exec"+query("main", "stdout", "id")).is(400).at("message"))
	require.Equal(t, "Upgrade request required", c.do("POST", shell+"/attach"+query("main", "stdout"),
		"").is(400).at("message"))
	c.do("PUT", shell+"/exec"+query("main", "stdout", "id"), "{}").is(405)
	for _, offered := range [][]string{nil, {"channel.k8s.io"}} {
		_, response, body := dial(t, srv.Config(), shell+"/exec"+query("main", "stdout", "id"), offered...)
		require.Equal(t, 403, response.StatusCode)
		require.Empty(t, body)
	}
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nowhere"},"spec":{"schedulerName":"none","containers":[{"name":"c","image":"x"}]}}`)
	require.NoError(t, err)
	require.Equal(t, "pod nowhere does not have a host assigned",
		c.get(pods+"/nowhere/exec"+query("", "stdout", "id")).is(400).at("message"))
}

func TestTheEditorMayExecAndBefore135GetAloneIsEnough(t *testing.T) {
	srv := demo(t, kxtest.WithVersion("1.34.1"))
	for _, cfg := range []*kubeconfig.Config{srv.ConfigOf("kx-editor"),
		srv.User("half", kxtest.Allow("get", "pods/exec"))} {
		w, response, _ := dial(t, cfg, shell+"/exec"+query("main", "stdout", "true"), v5)
		require.NotNil(t, w, response.Status)
		got, _ := w.rest()
		require.Equal(t, success, got[3])
	}
}

func TestWhatFailsAfterTheUpgradeIsTheStatus(t *testing.T) {
	srv := demo(t)
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ended"},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"kx.local/busybox:1","command":["true"]}]}}`)
	require.NoError(t, err)
	c := newClient(t, srv.Config())
	c.eventually(pods+"/ended", func(a *answer) bool { return a.at("status", "phase") == "Succeeded" })
	for path, want := range map[string]string{
		shell + "/exec" + query("main", "",
			"id"): "unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr",
		shell + "/exec" + query("main", "tty stderr",
			"id"): "unable to upgrade connection: you must specify at least 1 of stdin, stdout, stderr",
		pods + "/ended/exec" + query("", "stdout",
			"id"): `unable to upgrade connection: container not found ("c")`,
		pods + "/ended/attach" + query("",
			"stdout"): "unable to upgrade connection: container c not found in pod ended_default",
		shell + "/exec" + query("main",
			"stdout"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: args must not be empty: unknown",
		shell + "/exec" + query("main", "stdout", "nosuch",
			"arg"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown",
		shell + "/exec" + query("main", "stdout",
			"/nosuch"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: unable to start container process: exec: \"/nosuch\": stat /nosuch: no such file or directory: unknown",
		pods + "/distroless/exec" + query("", "stdout",
			"sh"): "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec ID: OCI runtime exec failed: exec failed: unable to start container process: exec: \"sh\": executable file not found in $PATH: unknown",
	} {
		got, end := session(t, srv, path).rest()
		require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(end))
		status := &answer{t: t, body: []byte(got[3])}
		require.Equal(t, "InternalError", status.at("reason"), got[3])
		require.EqualValues(t, 500, status.at("code"))
		message := regexp.MustCompile(`"[0-9a-f]{64}"`).ReplaceAllString(status.at("message").(string), "ID")
		require.Equal(t, "Internal error occurred: "+want, message)
		require.Equal(t, status.at("message"), "Internal error occurred: "+
			status.at("details", "causes", 0, "message").(string))
	}
}

func TestAServerMaySpeakV4Alone(t *testing.T) {
	srv := demo(t, kxtest.WithStreamProtocols(v4))
	w := session(t, srv, shell+"/exec"+query("main", "stdin stdout", "sh", "-c", "read x; echo $x; exit 7"))
	require.Equal(t, v4, w.conn.Subprotocol())
	w.send(255, "\x00") // no channel of v4
	w.send(0, "still\n")
	got, _ := w.rest()
	require.Equal(t, "still\n", got[1])
	require.Equal(t, "command terminated with non-zero exit code: error executing command [sh -c read x; echo $x; exit 7], exit code 7", (&answer{t: t, body: []byte(got[3])}).at("message"))

	got, _ = session(t, srv, shell+"/exec"+query("main", "stdout", "nosuch")).rest()
	require.Contains(t, (&answer{t: t, body: []byte(got[3])}).at("message"),
		"Internal error occurred: error executing command in container: ")

	_, response, body := dial(t, srv.Config(), shell+"/exec"+query("main", "", "id"), v5, v4)
	require.Equal(t, 400, response.StatusCode)
	require.Equal(t, "you must specify at least 1 of stdin, stdout, stderr", body, "the kubelet answers itself")
	_, response, _ = dial(t, srv.Config(), shell+"/exec"+query("main", "stdout", "id"), v5)
	require.Equal(t, 403, response.StatusCode)
}

func TestATerminalHasASizeAndOneStream(t *testing.T) {
	srv := demo(t)
	w := session(t, srv, shell+"/exec"+query("main", "stdin stdout stderr tty", "sh"))
	w.until(1, "/ # ")
	w.send(4, `{"Width":120,"Height":40}`)
	w.send(4, `no size`)
	w.send(0, "stty size; echo err >&2; tty\n")
	w.until(1, "40 120\r\nerr\r\n/dev/pts/0\r\n")
	w.send(0, "sleep 600\n")
	w.until(1, "sleep 600\r\n")
	w.send(0, "\x03")
	w.until(1, "^C")
	w.send(0, "exit 3\n")
	got, _ := w.rest()
	require.Equal(t, exitStatus("3"), got[3])
	require.Empty(t, got[2])
}

func TestBinaryDataPassesWhole(t *testing.T) {
	srv := demo(t)
	data := make([]byte, 3<<20)
	_, _ = rand.Read(data)
	w := session(t, srv, shell+"/exec"+query("main", "stdin stdout", "cat"))
	go func() {
		for rest := data; len(rest) > 0; {
			part := rest[:min(len(rest), 32<<10)]
			rest = rest[len(part):]
			w.send(0, string(part))
		}
		w.send(255, "\x00")
	}()
	got, _ := w.rest()
	require.True(t, string(data) == got[1])
	require.Equal(t, success, got[3])
}

func TestAClientThatDoesNotReadHoldsTheProcessUpAndLosesNothing(t *testing.T) {
	var written atomic.Int64
	const total = 64 << 20
	srv := demo(t, kxtest.WithProgram("flood", func(ctx context.Context, p *kxtest.Process) int {
		for block := make([]byte, 64<<10); written.Load() < total; {
			n, err := p.Stdout().Write(block)
			written.Add(int64(n))
			if err != nil {
				return 1
			}
		}
		return 9
	}))
	w := session(t, srv, shell+"/exec"+query("main", "stdout", "flood"))
	require.Eventually(t, func() bool { return written.Load() > 0 }, 10*time.Second, time.Millisecond)
	for before := int64(-1); before != written.Load(); { // until it stands still
		before = written.Load()
		for range 20 { // the library reads no pongs here, and answers to pings must not end the session
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			_ = w.conn.Ping(ctx)
			cancel()
		}
	}
	require.Less(t, written.Load(), int64(total/2), "the buffers of two sockets hold less than that")
	received := 0
	for {
		channel, text, err := w.read()
		require.NoError(t, err)
		if channel == 3 {
			require.Equal(t, exitStatus("9"), text)
			break
		}
		received += len(text)
	}
	require.Equal(t, total, received)
}

func TestAnUpgradeIsOneRequestInTheJournal(t *testing.T) {
	srv := demo(t)
	srv.ForgetRequests()
	path := shell + "/exec"
	got, _ := session(t, srv, path+query("main", "stdin stdout", "echo", "x")).rest()
	require.Equal(t, "x\n", got[1])
	requests := srv.Requests()
	require.Len(t, requests, 1)
	require.Equal(t, "GET "+path+" kx-admin", requests[0].Method+" "+requests[0].Path+" "+requests[0].User)
	require.Equal(t, []string{"echo", "x"}, requests[0].Query["command"])
	require.Equal(t, []string{v5 + "," + v4}, requests[0].Header["Sec-Websocket-Protocol"])
}

func TestCloseEndsSessionsAndContainers(t *testing.T) {
	srv := demo(t)
	open := []*wire{
		session(t, srv, shell+"/exec"+query("main", "stdin stdout tty", "sh")),
		session(t, srv, shell+"/exec"+query("main", "stdout", "yes")), // whose output nobody reads
		session(t, srv, shell+"/exec"+query("main", "stdin", "sleep", "600")),
		session(t, srv, shell+"/attach"+query("echo", "stdin stdout")),
	}
	open[2].send(0, strings.Repeat("x", 1<<20)) // which nobody reads
	srv.Close()
	for _, w := range open {
		_, err := w.rest()
		require.Error(t, err)
	}
}
