package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestExecGivesTheProgramsOutputAndItsCode(t *testing.T) {
	c := start(t)
	for name, test := range map[string]struct {
		stdin string
		args  []string
		want  result
	}{
		"stdout":                   {"", []string{"--", "echo", "a  b", "$HOME"}, result{0, "a  b $HOME\n", ""}},
		"stderr":                   {"", []string{"--", "sh", "-c", "echo a; echo b >&2"}, result{0, "a\n", "b\n"}},
		"a code":                   {"", []string{"--", "sh", "-c", "exit 7"}, result{7, "", ""}},
		"the highest code":         {"", []string{"--", "sh", "-c", "exit 255"}, result{255, "", ""}},
		"stdin to its end":         {"one\ntwo\n", []string{"-i", "--", "wc", "-l"}, result{0, "2\n", ""}},
		"an empty stdin":           {"", []string{"-i", "--", "cat"}, result{0, "", ""}},
		"stdin that is not passed": {"one\n", []string{"--", "cat"}, result{0, "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, c.pipe(test.stdin, append([]string{"exec", "pod/shell", "-c", "main"}, test.args...)...))
		})
	}
}

func TestExecPassesBinaryDataWhole(t *testing.T) {
	c := start(t)
	data := make([]byte, 3<<20)
	for i := range data {
		data[i] = byte(rand.Uint32())
	}
	r := c.pipe(string(data), "exec", "shell", "-q", "-i", "--", "cat")
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, sha256.Sum256(data), sha256.Sum256([]byte(r.out)))
}

func TestTheDefaultContainerIsSaidOnStderr(t *testing.T) {
	c := start(t)
	require.Equal(t, result{0, "", "Defaulted container \"main\" out of: main, echo\n"}, c.kx("exec", "shell", "--", "true"))
	require.Equal(t, result{0, "", ""}, c.kx("exec", "shell", "-q", "--", "true"))
	require.Equal(t, result{0, "", ""}, c.kx("exec", "shell", "-c", "echo", "--", "true"))
	require.Equal(t, "echo", c.request("GET").Query.Get("container"))

	c.done("patch", "pod", "shell", "-p", `{"metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "echo"}}}`)
	require.Equal(t, result{0, "", ""}, c.kx("exec", "shell", "--", "true"))
	require.Equal(t, "echo", c.request("GET").Query.Get("container"))

	c.done("patch", "pod", "shell", "-p", `{"metadata": {"annotations": {"kubectl.kubernetes.io/default-container": "gone"}}}`)
	c.done("debug", "shell", "-c", "tools", "-q", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Equal(t, "Defaulted container \"main\" out of: main, echo, tools (ephem)\n", c.kx("exec", "shell", "--", "true").err)
}

func TestATerminalThatThereIsNotIsLeftOut(t *testing.T) {
	c := start(t)
	require.Equal(t, result{0, "", "Warning: -t is left out: it needs -i\n"}, c.kx("exec", "shell", "-c", "main", "-t", "--", "true"))
	require.Equal(t, "false", c.request("GET").Query.Get("tty"))
	require.Equal(t, result{1, "not a tty\n", "Warning: -t is left out: stdin is not a terminal\n"}, c.kx("exec", "shell", "-c", "main", "-it", "--", "tty"))
	require.Equal(t, result{1, "not a tty\n", ""}, c.kx("exec", "shell", "-itq", "--", "tty"))
}

func TestAFailureOfKxIsToldFromTheProgramsCode(t *testing.T) {
	c := start(t)
	require.Equal(t, `error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods "nope" not found (404)`, c.kx("exec", "nope", "--", "ls").fails(t, 125))
	require.Equal(t, `error: pod "shell" has no container "nope": it has main and echo`, c.kx("exec", "shell", "-c", "nope", "--", "ls").fails(t, 125))
	require.Regexp(t, `executable file not found`, c.kx("exec", "shell", "-q", "--", "nosuch").fails(t, 125))
	require.Regexp(t, `pods "shell" is forbidden: User "kx-viewer" cannot (get|create) resource "pods/exec"`, c.as("kx-viewer").kx("exec", "shell", "-q", "--", "ls").fails(t, 125))
	require.Regexp(t, `no such file`, execute(t.Context(), "", "--kubeconfig", t.TempDir()+"/nope", "exec", "shell", "--", "ls").fails(t, 125))
}

func TestAStreamThatIsLostIsNeverSuccess(t *testing.T) {
	for name, effect := range map[string]*kxtest.Effect{"in the output": kxtest.CutStream(3), "before the status": kxtest.CutStream(math.MaxInt)} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods/shell/exec", Then: effect})
			r := c.kx("exec", "shell", "-q", "--", "echo", "hello")
			require.Equal(t, 125, r.code)
			require.True(t, strings.HasPrefix("hello\n", r.out), r.out)
			require.Regexp(t, `^error: exec in container "main" of pod "shell": the stream was lost before the program's exit status came, so it may still run: .*\n$`, r.err)
		})
	}
}

func TestAServerThatCannotTellTheEndOfStdinIsSaidOnce(t *testing.T) {
	c := start(t, kxtest.WithStreamProtocols("v4.channel.k8s.io"))
	r := c.pipe("hello\n", "exec", "shell", "-q", "-i", "--", "sh", "-c", "read x; echo $x; sleep 0.1")
	require.Equal(t, 0, r.code)
	require.Equal(t, "hello\n", r.out)
	require.Equal(t, "Warning: exec in container \"main\" of pod \"shell\": close stdin: the server speaks v4.channel.k8s.io, "+
		"which cannot tell the end of stdin: the remote program goes on waiting for input\n", r.err)
}

// finished makes a pod whose container has ended with 0.
func finished(t *testing.T, c *cluster) {
	c.pipe(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "done"}, "spec": {"restartPolicy": "Never",
		"containers": [{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["true"]}]}}`, "create", "-f", "-")
	require.Eventually(t, func() bool { return bytes.Contains(c.Pod("default", "done"), []byte(`"Succeeded"`)) }, 10*time.Second, time.Millisecond)
}

func TestACompletedPodIsRefused(t *testing.T) {
	c := start(t)
	finished(t, c)
	require.Equal(t, `error: cannot run a program in pod "done": it is completed (Succeeded), and none of its containers runs any more`, c.kx("exec", "done", "--", "ls").fails(t, 125))
	require.Equal(t, `error: cannot attach to a program in pod "done": it is completed (Succeeded), and none of its containers runs any more`, c.kx("attach", "done").fails(t, 125))
}

func TestAPodThatDoesNotRunYetIsWaitedFor(t *testing.T) {
	pod := func(name, image string) string {
		return `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "` + name + `"}, "spec": {"containers": [{"name": "app", "image": "` + image + `", "command": ["sleep", "60"]}]}}`
	}
	c := start(t, kxtest.WithSlowPull("registry.example/busybox:1", 50*time.Millisecond))
	c.pipe(pod("soon", "registry.example/busybox:1"), "create", "-f", "-")
	r := c.kx("exec", "soon", "-q", "--", "true")
	require.Empty(t, r.err)

	c.pipe(pod("never", "registry.example/missing:1"), "create", "-f", "-")
	require.Regexp(t, `^error: container app of pod never does not run: Timeout: not within 200ms, still (ErrImagePull|ImagePullBackOff|ContainerCreating).*$`,
		c.kx("exec", "never", "-q", "--pod-running-timeout", "200ms", "--", "true").fails(t, 125))
	require.Regexp(t, `(?m)^waiting: `, c.kx("exec", "never", "--pod-running-timeout", "200ms", "--", "true").err)
}

func TestExecRefusesAWrongCommandLine(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no pod":               {[]string{"exec", "--", "ls"}, "no pod is given"},
		"no program":           {[]string{"exec", "shell"}, "no program is given: it comes after --"},
		"nothing after --":     {[]string{"exec", "shell", "--"}, "no program is given after --"},
		"a program without --": {[]string{"exec", "shell", "ls"}, "it comes after --, as in kx exec shell -- ls"},
		"a program's own flag": {[]string{"exec", "shell", "ls", "-l"}, "it comes after --, as in kx exec shell -- ls"},
		"a flag that is none":  {[]string{"exec", "shell", "-x", "--", "ls"}, "unknown shorthand flag: 'x' in -x"},
		"two pods":             {[]string{"exec", "a", "b", "--", "ls"}, `unexpected argument "b": exec takes one pod`},
		"another kind":         {[]string{"exec", "node/x", "--", "ls"}, "exec works on pods, not on node"},
		"no pod to attach to":  {[]string{"attach"}, "no pod is given"},
		"a program to attach":  {[]string{"attach", "shell", "--", "ls"}, `unexpected argument "ls": attach takes one pod`},
		"keys that are none":   {[]string{"attach", "shell", "--detach-keys", "ctrl-p,F1"}, `"F1" is no key`},
		"a limit that is none": {[]string{"exec", "shell", "--pod-running-timeout", "soon", "--", "ls"}, "must be a time such as 30s or 2m"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, execute(t.Context(), "", test.args...).fails(t, 2), test.want)
		})
	}
}

func TestAReaderThatHasEnoughEndsExecQuietly(t *testing.T) {
	c := start(t)
	var err strings.Builder
	args := []string{"--kubeconfig", c.kubeconfig, "exec", "shell", "-q", "--", "sh", "-c", "while true; do echo y; done"}
	require.Equal(t, 125, run(t.Context(), streams{in: strings.NewReader(""), out: brokenWriter{syscall.EPIPE}, err: &err}, args))
	require.Empty(t, err.String())
}

// interrupt runs kx in the pod shell, and ends its context, as a first signal does, when the program has printed "ready".
func interrupt(t *testing.T, c *cluster, args ...string) result {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, err lockedBuffer
	in, hold := io.Pipe()
	defer hold.Close()
	defer once(t, cancel, func() bool { return strings.Contains(out.String(), "ready") })()
	code := run(ctx, streams{in: in, out: &out, err: &err}, append([]string{"--kubeconfig", c.kubeconfig}, args...))
	return result{code, out.String(), err.String()}
}

func TestASignalAsksTheProgramToEnd(t *testing.T) {
	c := start(t)
	t.Run("by the end of its stdin, and then its code counts", func(t *testing.T) {
		require.Equal(t, result{9, "ready\nbye\n", ""}, interrupt(t, c, "exec", "shell", "-q", "-i", "--", "sh", "-c", "echo ready; cat; echo bye; exit 9"))
	})
	t.Run("and leaves when it does not", func(t *testing.T) {
		require.Equal(t, result{125, "ready\n", "error: interrupted: the program in container \"main\" of pod \"shell\" may still run\n"},
			interrupt(t, c, "exec", "shell", "-q", "-i", "--", "sh", "-c", "echo ready; sleep 60"))
	})
	t.Run("at once where there is no way to ask", func(t *testing.T) {
		before := time.Now()
		require.Equal(t, result{125, "ready\n", "error: interrupted: the program in container \"main\" of pod \"shell\" may still run\n"},
			interrupt(t, c, "exec", "shell", "-q", "--", "sh", "-c", "echo ready; sleep 60"))
		require.Less(t, time.Since(before), endWithin)
	})
}

func TestASignalBeforeTheProgramIsStartedEndsTheWait(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	fault := c.Fault(kxtest.Fault{Method: http.MethodGet, Times: -1, Delay: time.Minute})
	defer once(t, cancel, func() bool { return fault.Hits() > 0 })()
	require.Equal(t, "error: interrupted", execute(ctx, "", "--kubeconfig", c.kubeconfig, "exec", "shell", "--", "ls").fails(t, 125))
}

func TestAStdoutThatTakesNothingDoesNotHoldUpASignal(t *testing.T) {
	c := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	blocked, out := io.Pipe()
	defer blocked.Close()
	w := &firstWrite{Writer: out, begun: make(chan struct{})}
	go func() { <-w.begun; cancel() }()
	var err lockedBuffer
	require.Equal(t, 125, run(ctx, streams{in: strings.NewReader(""), out: w, err: &err}, []string{"--kubeconfig", c.kubeconfig, "exec", "shell", "-q", "--", "echo", "hello"}))
	require.Equal(t, "error: interrupted: the program in container \"main\" of pod \"shell\" may still run\n", err.String())
}

func TestACodeAbove255Is255(t *testing.T) {
	for code, want := range map[int]int{1: 1, 255: 255, 256: 255, 3221225786: 255, -1073741510: 255} {
		k := &kx{failed: exitLost, started: true}
		require.Equal(t, want, k.exit(t.Context(), nil, fmt.Errorf("x: %w", exitError(code))))
	}
}

func TestAttachShowsWhatComesAndPassesStdin(t *testing.T) {
	c := start(t)
	r := c.pipe("hello\n", "attach", "shell", "-c", "echo", "-i")
	require.Equal(t, result{0, "echo: hello\n", "stdin has ended, and the program in container \"echo\" of pod \"shell\" runs on\n"}, r)
	require.Equal(t, result{0, "echo: again\n", ""}, c.pipe("again\n", "attach", "pod/shell", "-c", "echo", "-iq"))
	require.Contains(t, string(c.Pod("default", "shell")), `"phase":"Running"`)
}

// withContainer makes a pod of one container that is never started again.
func withContainer(t *testing.T, c *cluster, fields string) {
	c.pipe(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {"restartPolicy": "Never",
		"containers": [{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", `+fields+`}]}}`, "create", "-f", "-")
	require.Eventually(t, func() bool { return bytes.Contains(c.Pod("default", "one"), []byte(`"running"`)) }, 10*time.Second, time.Millisecond)
}

func TestAttachEndsWithTheProgramsCode(t *testing.T) {
	c := start(t)
	withContainer(t, c, `"stdin": true, "stdinOnce": true, "command": ["sh", "-c", "wc -c; exit 9"]`)
	require.Equal(t, result{9, "6\n", ""}, c.pipe("12345\n", "attach", "one", "-i"))
}

func TestAttachGivesTheCodeOfTheContainerThatItJoinedWhenThatIsStartedAnew(t *testing.T) {
	c := start(t)
	c.pipe(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {
		"containers": [{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "stdin": true, "stdinOnce": true, "command": ["sh", "-c", "read code; exit $code"]}]}}`, "create", "-f", "-")
	require.Equal(t, 6, c.pipe("6\n", "attach", "one", "-iq").code)
	require.Equal(t, 8, c.pipe("8\n", "attach", "one", "-iq").code)
}

func TestAttachFollowsTheContainersSpec(t *testing.T) {
	c := start(t)
	withContainer(t, c, `"tty": true, "command": ["sh", "-c", "sleep 0.3; echo out; echo err >&2; tty"]`)
	r := c.kx("attach", "one", "-i")
	require.Equal(t, "Warning: -i is left out: container \"app\" of pod \"one\" has no stdin\n", r.err)
	require.Equal(t, "true", c.streamRequest("attach").Query.Get("tty"))
	require.Equal(t, "false", c.streamRequest("attach").Query.Get("stdin"))
	require.True(t, strings.HasPrefix(r.out, "out\r\nerr\r\n/dev/"), r.out)

	require.Equal(t, "Warning: -t is left out: container \"echo\" of pod \"shell\" has no terminal\nWarning: --detach-keys is left out: it needs -i and a terminal at both ends\n"+
		"stdin has ended, and the program in container \"echo\" of pod \"shell\" runs on\n", c.kx("attach", "shell", "-c", "echo", "-it", "--detach-keys", "ctrl-p").err)
}

func TestASignalLeavesWhatWasAttachedToAlone(t *testing.T) {
	c := start(t)
	withContainer(t, c, `"stdin": true, "stdinOnce": false, "command": ["sh", "-c", "while true; do echo ready; sleep 0.05; done"]`)
	before := time.Now()
	r := interrupt(t, c, "attach", "one", "-i")
	require.Equal(t, "error: interrupted: the program in container \"app\" of pod \"one\" may still run\n", r.err)
	require.Equal(t, 125, r.code)
	require.Less(t, time.Since(before), endWithin)
	require.Contains(t, string(c.Pod("default", "one")), `"phase":"Running"`)
}

// streamRequest gives the last request of a subresource.
func (c *cluster) streamRequest(subresource string) kxtest.Request {
	all := c.Requests()
	slices.Reverse(all)
	i := slices.IndexFunc(all, func(r kxtest.Request) bool { return strings.HasSuffix(r.Path, "/"+subresource) })
	require.GreaterOrEqual(c.t, i, 0)
	return all[i]
}
