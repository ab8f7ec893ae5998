package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestExecPrintsTheProgramsOutputAndExitsWithItsCode(t *testing.T) {
	c := clitest.Start(t)
	for name, test := range map[string]struct {
		stdin string
		args  []string
		want  clitest.Result
	}{
		"stdout":           {"", []string{"--", "echo", "a  b", "$HOME"}, clitest.Result{Code: 0, Out: "a  b $HOME\n", Err: ""}},
		"stderr":           {"", []string{"--", "sh", "-c", "echo a; echo b >&2"}, clitest.Result{Code: 0, Out: "a\n", Err: "b\n"}},
		"a code":           {"", []string{"--", "sh", "-c", "exit 7"}, clitest.Result{Code: 7, Out: "", Err: ""}},
		"the highest code": {"", []string{"--", "sh", "-c", "exit 255"}, clitest.Result{Code: 255, Out: "", Err: ""}},
		"stdin until EOF":  {"one\ntwo\n", []string{"-i", "--", "wc", "-l"}, clitest.Result{Code: 0, Out: "2\n", Err: ""}},
		"an empty stdin":   {"", []string{"-i", "--", "cat"}, clitest.Result{Code: 0, Out: "", Err: ""}},
		"stdin without -i": {"one\n", []string{"--", "cat"}, clitest.Result{Code: 0, Out: "", Err: ""}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, c.Pipe(test.stdin, append([]string{"exec", "pod/shell", "-c", "main"}, test.args...)...))
		})
	}
}

func TestExecPassesBinaryDataUnchanged(t *testing.T) {
	c := clitest.Start(t)
	data := make([]byte, 3<<20)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	r := c.Pipe(string(data), "exec", "shell", "-q", "-i", "--", "cat")
	require.Equal(t, 0, r.Code, r.Err)
	require.Equal(t, sha256.Sum256(data), sha256.Sum256([]byte(r.Out)))
}

func TestTheDefaultContainerIsPrintedToStderr(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "Defaulted container \"main\" out of: main, echo\n"}, c.Kx("exec", "shell", "--", "true"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: ""}, c.Kx("exec", "shell", "-q", "--", "true"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: ""}, c.Kx("exec", "shell", "-c", "echo", "--", "true"))
	require.Equal(t, "echo", c.Request("GET").Query.Get("container"))

	c.MustRun("patch", "pod", "shell", "-p", `{"metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "echo"}}}`)
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: ""}, c.Kx("exec", "shell", "--", "true"))
	require.Equal(t, "echo", c.Request("GET").Query.Get("container"))

	c.MustRun("patch", "pod", "shell", "-p", `{"metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "gone"}}}`)
	c.MustRun("debug", "shell", "-c", "tools", "-q", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Equal(t, "Defaulted container \"main\" out of: main, echo, tools (ephem)\n", c.Kx("exec", "shell", "--", "true").Err)
}

func TestTTYIsIgnoredWithoutATerminal(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: "Warning: ignoring -t: it needs -i\n"}, c.Kx("exec", "shell", "-c", "main", "-t", "--", "true"))
	require.Equal(t, "false", c.Request("GET").Query.Get("tty"))
	require.Equal(t, clitest.Result{Code: 1, Out: "not a tty\n", Err: "Warning: ignoring -t: stdin is not a terminal\n"}, c.Kx("exec", "shell", "-c", "main", "-it", "--", "tty"))
	require.Equal(t, clitest.Result{Code: 1, Out: "not a tty\n", Err: ""}, c.Kx("exec", "shell", "-itq", "--", "tty"))
}

func TestAFailureOfKxHasAnExitCodeOfItsOwn(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, `error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods "nope" not found (404)`, c.Kx("exec", "nope", "--", "ls").RequireError(t, 125))
	require.Equal(t, `error: pod shell has no container "nope": it has main and echo`, c.Kx("exec", "shell", "-c", "nope", "--", "ls").RequireError(t, 125))
	require.Equal(t, `error: exec in pod shell: nosuch is not in container main's image; "kx debug shell -it --target main --kubeconfig `+c.KubeconfigFile+`" opens a shell beside it`,
		c.Kx("exec", "shell", "-q", "--", "nosuch").RequireError(t, 127))
	require.Equal(t, `error: exec in pod shell: /etc/passwd is not executable in container main: permission denied`,
		c.Kx("exec", "shell", "-q", "--", "/etc/passwd").RequireError(t, 126))
	require.Regexp(t, `pods "shell" is forbidden: User "kx-viewer" cannot (get|create) resource "pods/exec"`, c.As("kx-viewer").Kx("exec", "shell", "-q", "--", "ls").RequireError(t, 125))
	require.Regexp(t, `no such file`, clitest.Execute(t.Context(), "", "--kubeconfig", t.TempDir()+"/nope", "exec", "shell", "--", "ls").RequireError(t, 125))
}

func TestALostStreamIsNeverASuccess(t *testing.T) {
	for name, effect := range map[string]*kxtest.Effect{"in the output": kxtest.CutStream(3), "before the status": kxtest.CutStream(math.MaxInt)} {
		t.Run(name, func(t *testing.T) {
			c := clitest.Start(t)
			c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods/shell/exec", Then: effect})
			r := c.Kx("exec", "shell", "-q", "--", "echo", "hello")
			require.Equal(t, 125, r.Code)
			require.True(t, strings.HasPrefix("hello\n", r.Out), r.Out)
			require.Regexp(t, `^error: exec in container main of pod shell: the stream was lost before the program's exit status arrived; the program may still run: .*\n$`, r.Err)
		})
	}
}

func TestAServerThatCannotSendEOFIsReportedOnce(t *testing.T) {
	c := clitest.Start(t, kxtest.WithStreamProtocols("v4.channel.k8s.io"))
	var out bytes.Buffer
	err := clitest.FirstWrite{Writer: new(bytes.Buffer), Begun: make(chan struct{})}
	go func() { // the program ends after the warning
		<-err.Begun
		assert.Equal(t, clitest.Result{}, c.Kx("exec", "shell", "-q", "--", "touch", "/tmp/warned"))
	}()
	args := []string{"--kubeconfig", c.KubeconfigFile, "exec", "shell", "-q", "-i", "--", "sh", "-c", "read x; echo $x; until [ -e /tmp/warned ]; do sleep 0.01; done"}
	require.Equal(t, 0, clitest.Run(clitest.WithLimit(t), strings.NewReader("hello\n"), &out, &err, args))
	require.Equal(t, "hello\n", out.String())
	require.Equal(t, "Warning: exec in container main of pod shell: close stdin: the server speaks v4.channel.k8s.io, "+
		"which cannot signal the end of stdin: the program may wait for input forever\n", err.Writer.(*bytes.Buffer).String())
}

func TestACompletedPodIsRefused(t *testing.T) {
	c := clitest.Start(t)
	clitest.CompletedPod(t, c)
	require.Equal(t, `error: cannot run a program in pod done: the pod has ended (Succeeded)`, c.Kx("exec", "done", "--", "ls").RequireError(t, 125))
	require.Equal(t, `error: cannot attach in pod done: the pod has ended (Succeeded)`, c.Kx("attach", "done").RequireError(t, 125))
}

func TestExecWaitsForAPodThatDoesNotRunYet(t *testing.T) {
	pod := func(name, image string) string {
		return `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "` + name + `"}, "spec": {"containers": [{"name": "app", "image": "` + image + `", "command": ["sleep", "60"]}]}}`
	}
	c := clitest.Start(t, kxtest.WithRegistryImage("registry.example/busybox:1", 50*time.Millisecond))
	c.Pipe(pod("soon", "registry.example/busybox:1"), "create", "-f", "-")
	r := c.Kx("exec", "soon", "-q", "--", "true")
	require.Empty(t, r.Err)

	c.Pipe(pod("never", "registry.example/missing:1"), "create", "-f", "-")
	c.WaitForPod("default", "never", `"waiting"`)
	require.Regexp(t, `^error: container app of pod never does not run: Timeout: not within 200ms, still (ErrImagePull|ImagePullBackOff|ContainerCreating).*; it may still start: wait longer, or read the pod's events$`,
		c.Kx("exec", "never", "-q", "--pod-running-timeout", "200ms", "--", "true").RequireError(t, 125))
	require.Regexp(t, `(?m)^Waiting: `, c.Kx("exec", "never", "--pod-running-timeout", "200ms", "--", "true").Err)
}

func TestExecRefusesInvalidArguments(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no pod":               {[]string{"exec", "--", "ls"}, "no pod is given"},
		"no program":           {[]string{"exec", "shell"}, "no program is given: it comes after --"},
		"nothing after --":     {[]string{"exec", "shell", "--"}, "no program is given after --"},
		"a program without --": {[]string{"exec", "shell", "ls"}, "it comes after --, as in kx exec shell -- ls"},
		"a program's own flag": {[]string{"exec", "shell", "ls", "-l"}, "it comes after --, as in kx exec shell -- ls"},
		"an unknown flag":      {[]string{"exec", "shell", "-x", "--", "ls"}, "unknown shorthand flag: 'x' in -x"},
		"two pods":             {[]string{"exec", "a", "b", "--", "ls"}, `unexpected argument "b": exec takes one pod`},
		"another kind":         {[]string{"exec", "node/x", "--", "ls"}, "nodes have no pods: only pods, deployments.apps"},
		"no pod to attach to":  {[]string{"attach"}, "no pod is given"},
		"a program to attach":  {[]string{"attach", "shell", "--", "ls"}, `unexpected argument "ls": attach takes one pod`},
		"invalid detach keys":  {[]string{"attach", "shell", "--detach-keys", "ctrl-p,F1"}, `"F1" is not a key`},
		"an invalid limit":     {[]string{"exec", "shell", "--pod-running-timeout", "soon", "--", "ls"}, "must be a time such as 30s or 2m"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, clitest.Execute(t.Context(), "", test.args...).RequireError(t, 2), test.want)
		})
	}
}

func TestAClosedStdoutEndsExecQuietly(t *testing.T) {
	c := clitest.Start(t)
	var err strings.Builder
	args := []string{"--kubeconfig", c.KubeconfigFile, "exec", "shell", "-q", "--", "sh", "-c", "while true; do echo y; done"}
	require.Equal(t, 125, clitest.Run(clitest.WithLimit(t), strings.NewReader(""), clitest.BrokenWriter{Cause: syscall.EPIPE}, &err, args))
	require.Empty(t, err.String())
}

func TestASignalAsksTheProgramToEnd(t *testing.T) {
	c := clitest.Start(t)
	t.Run("the program ends at EOF, and its exit code is returned", func(t *testing.T) {
		require.Equal(t, clitest.Result{Code: 9, Out: "ready\nbye\n", Err: ""}, clitest.Interrupt(t, c, "exec", "shell", "-q", "-i", "--", "sh", "-c", "echo ready; cat; echo bye; exit 9"))
	})
	t.Run("kx exits if the program does not end", func(t *testing.T) {
		require.Equal(t, clitest.Result{Code: 125, Out: "ready\n", Err: "error: interrupted: the program in container main of pod shell may still run\n"},
			clitest.Interrupt(t, c, "exec", "shell", "-q", "-i", "--", "sh", "-c", "echo ready; sleep 60"))
	})
	t.Run("kx exits at once if it cannot send EOF", func(t *testing.T) {
		require.Equal(t, clitest.Result{Code: 125, Out: "ready\n", Err: "error: interrupted: the program in container main of pod shell may still run\n"},
			clitest.Interrupt(t, c, "exec", "shell", "-q", "--", "sh", "-c", "echo ready; sleep 60"))
	})
}

func TestASignalBeforeTheProgramStartsEndsTheWait(t *testing.T) {
	c := clitest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	fault := c.Fault(kxtest.Fault{Method: http.MethodGet, Times: -1, Delay: time.Minute})
	defer clitest.When(t, cancel, func() bool { return fault.Hits() > 0 })()
	require.Equal(t, "error: interrupted", clitest.Execute(ctx, "", "--kubeconfig", c.KubeconfigFile, "exec", "shell", "--", "ls").RequireError(t, 125))
}

func TestABlockedStdoutDoesNotDelayASignal(t *testing.T) {
	c := clitest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	blocked, out := io.Pipe()
	defer blocked.Close()
	w := &clitest.FirstWrite{Writer: out, Begun: make(chan struct{})}
	go func() { <-w.Begun; cancel() }()
	var err clitest.LockedBuffer
	require.Equal(t, 125, clitest.Run(ctx, strings.NewReader(""), w, &err, []string{"--kubeconfig", c.KubeconfigFile, "exec", "shell", "-q", "--", "echo", "hello"}))
	require.Equal(t, "error: interrupted: the program in container main of pod shell may still run\n", err.String())
}

func TestAttachPrintsTheOutputAndPassesStdin(t *testing.T) {
	c := clitest.Start(t)
	for _, test := range []struct {
		line string
		args []string
		err  string
	}{
		{"hello\n", []string{"shell", "-i"}, "stdin has reached EOF: the program in container echo of pod shell still runs\n"},
		{"again\n", []string{"pod/shell", "-iq"}, ""},
	} {
		var out, err bytes.Buffer
		first := &clitest.FirstWrite{Writer: &out, Begun: make(chan struct{})}
		in, keys := io.Pipe()
		go func() { // EOF follows the reply
			_, _ = io.WriteString(keys, test.line)
			<-first.Begun
			keys.Close()
		}()
		args := append([]string{"--kubeconfig", c.KubeconfigFile, "attach", "-c", "echo"}, test.args...)
		require.Equal(t, 0, clitest.Run(clitest.WithLimit(t), in, first, &err, args))
		require.Equal(t, clitest.Result{Out: "echo: " + test.line, Err: test.err}, clitest.Result{Out: out.String(), Err: err.String()})
	}
	require.Contains(t, string(c.Pod("default", "shell")), `"phase":"Running"`)
}

func TestAttachExitsWithTheProgramsCode(t *testing.T) {
	c := clitest.Start(t)
	clitest.WithContainer(t, c, `"stdin": true, "stdinOnce": true, "command": ["sh", "-c", "wc -c; exit 9"]`)
	require.Equal(t, clitest.Result{Code: 9, Out: "6\n", Err: ""}, c.Pipe("12345\n", "attach", "one", "-i"))
}

func TestAttachExitsWithTheFirstCodeOfARestartedContainer(t *testing.T) {
	c := clitest.Start(t)
	c.Pipe(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {
		"containers": [{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "stdin": true, "stdinOnce": true, "command": ["sh", "-c", "read code; exit $code"]}]}}`, "create", "-f", "-")
	require.Equal(t, 6, c.Pipe("6\n", "attach", "one", "-iq").Code)
	require.Equal(t, 8, c.Pipe("8\n", "attach", "one", "-iq").Code)
}

func TestAttachFollowsTheContainersSpec(t *testing.T) {
	c := clitest.Start(t)
	clitest.WithContainer(t, c, `"tty": true, "command": ["sh", "-c", "until [ -e /attached ]; do echo wait; sleep 0.01; done; echo out; echo err >&2; tty"]`)
	var text, err bytes.Buffer
	out := &clitest.FirstWrite{Writer: &text, Begun: make(chan struct{})}
	go func() { // the program ends after the attach
		<-out.Begun
		assert.Equal(t, clitest.Result{}, c.Kx("exec", "one", "-q", "--", "touch", "/attached"))
	}()
	require.Equal(t, 0, clitest.Run(clitest.WithLimit(t), strings.NewReader(""), out, &err, []string{"--kubeconfig", c.KubeconfigFile, "attach", "one", "-i"}))
	require.Equal(t, "Warning: ignoring -i: container app of pod one has no stdin\n", err.String())
	require.Equal(t, "true", c.StreamRequest("attach").Query.Get("tty"))
	require.Equal(t, "false", c.StreamRequest("attach").Query.Get("stdin"))
	require.Regexp(t, `^(wait\r\n)+out\r\nerr\r\n/dev/`, text.String())

	require.Equal(t, "Warning: ignoring -t: container echo of pod shell has no terminal\nWarning: ignoring --detach-keys: they need -i and a terminal at both ends\n"+
		"stdin has reached EOF: the program in container echo of pod shell still runs\n", c.Kx("attach", "shell", "-c", "echo", "-it", "--detach-keys", "ctrl-p").Err)
}

func TestASignalDuringAttachLeavesTheProgramRunning(t *testing.T) {
	c := clitest.Start(t)
	clitest.WithContainer(t, c, `"stdin": true, "stdinOnce": false, "command": ["sh", "-c", "while true; do echo ready; sleep 0.05; done"]`)
	r := clitest.Interrupt(t, c, "attach", "one", "-i")
	require.Equal(t, "error: interrupted: the program in container app of pod one may still run\n", r.Err)
	require.Equal(t, 125, r.Code)
	require.Contains(t, string(c.Pod("default", "one")), `"phase":"Running"`)
}

func TestExecPassesThroughASessionWithoutStdinUnlessThePodHasARuntimeClass(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"sandboxed"},"spec":{"runtimeClassName":"kata",
		"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","60"]}]}}`)
	require.NoError(t, err)
	c.WaitForPod("default", "sandboxed", `"running"`)
	const translated, passedThrough = "v5.channel.k8s.io, v4.channel.k8s.io", "v4.channel.k8s.io"
	for args, want := range map[string]string{
		"exec shell -q":                   passedThrough,
		"exec shell -c main":              passedThrough,
		"exec shell -c main -i":           translated,
		"exec shell -c main --record x":   passedThrough,
		"exec sandboxed":                  translated,
		"attach shell -c echo -i -q":      translated,
		"cp -q shell:/etc/hostname copy":  passedThrough,
		"cp -q copied shell:/copied":      translated,
		"cp sandboxed:/etc/hostname copy": translated,
	} {
		t.Run(args, func(t *testing.T) {
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile("copied", []byte("text"), 0o600))
			c.ForgetRequests()
			words := strings.Fields(args)
			if words[0] == "exec" {
				words = append(words, "--", "echo", "done")
			}
			c.MustRun(words...)
			subresource := strings.Replace(words[0], "cp", "exec", 1)
			stream := c.StreamRequest(subresource)
			require.Equal(t, want, stream.Header.Get("Sec-WebSocket-Protocol"))
		})
	}
}

func TestExecInANamedContainerNeedsNoPermissionToReadThePod(t *testing.T) {
	c := clitest.Start(t)
	nobody := c.As("kx-nobody").Kx("exec", "shell", "-c", "main", "--", "true")
	require.Equal(t, 125, nobody.Code)
	require.Contains(t, nobody.Err, `cannot get resource "pods/exec"`)

	c.User("runner", kxtest.Allow("get", "pods/exec"), kxtest.Allow("create", "pods/exec"))
	require.Equal(t, clitest.Result{Code: 0, Out: "done\n"}, c.As("runner").Kx("exec", "shell", "-c", "main", "--", "echo", "done"))
}
