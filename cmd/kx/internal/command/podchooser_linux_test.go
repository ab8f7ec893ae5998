package command

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

// The sequences before and after the chooser's screen.
const showScreen, leaveScreen = "\x1b[?1049h", "\x1b[?1049l"

// choosing starts kx in a terminal without the name of a pod, and waits until it shows the pods.
func choosing(t *testing.T, c *clitest.Cluster, args ...string) *clitest.Terminal {
	t.Setenv("TERM", "xterm")
	w := clitest.NewTerminal(t)
	w.Start(c, args...)
	w.WaitFor("Esc: leave.")
	return w
}

// screen returns the last screen that kx has drawn.
func screen(w *clitest.Terminal) string {
	all := w.Shown.String()
	return all[max(0, strings.LastIndex(all, "\x1b[H")):]
}

func TestAVerbWithoutAPodLetsTheUserChoose(t *testing.T) {
	c := clitest.Start(t)
	for name, test := range map[string]struct {
		args, keys, says string
		code             int
	}{
		"exec":         {"exec -c main -- echo chosen", "shell\r", "Using pod/shell\r\nchosen\r\n", 0},
		"exec -q":      {"exec -q -c main -- echo chosen", "shell\r", leaveScreen + "chosen\r\n", 0},
		"arrow keys":   {"exec -c main -- echo chosen", "\x1b[B\r", "Using pod/shell\r\n", 0},
		"logs":         {"logs -c main --tail 0", "shell\r", "Using pod/shell\r\n", 0},
		"describe":     {"describe", "shell\r", "Using pod/shell\r\n", 0},
		"attach":       {"attach -c none", "dist\r", "error: pod distroless has no container \"none\"", 125},
		"debug":        {"debug --image kx.local/busybox:1 --dry-run=server", "dist\r", "Using pod/distroless\r\n", 0},
		"port-forward": {"port-forward :no-such", "shell\r", "Using pod/shell\r\n", 1},
		"cp":           {"cp :/no-such . -c main", "shell\r", "Using pod/shell\r\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := choosing(t, c, strings.Fields(test.args)...)
			w.TypeKeys(test.keys)
			w.WaitForExit(test.code)
			w.WaitFor(test.says)
			before, after, _ := strings.Cut(w.Shown.String(), leaveScreen)
			require.Contains(t, before, showScreen)
			require.NotContains(t, after, "\x1b[H")
		})
	}
}

func TestASessionGetsTheKeysAfterTheChoice(t *testing.T) {
	w := choosing(t, clitest.Start(t), "exec", "-it", "-c", "main", "--", "sh")
	w.TypeKeys("shell\r")
	w.WaitFor("# ")
	w.WaitForRaw()
	w.Resize(120, 40)
	w.WaitForSize(120, 40)
	w.TypeKeys("exit 7\r")
	w.WaitForExit(7)
}

func TestTheTerminalIsRestoredWhenTheUserLeaves(t *testing.T) {
	c := clitest.Start(t)
	for name, keys := range map[string]string{"Escape": "\x1b", "^C": "\x03", "^D": "web\x04"} {
		t.Run(name, func(t *testing.T) {
			w := choosing(t, c, "exec", "--", "true")
			w.TypeKeys(keys)
			w.WaitForExit(130)
			w.WaitFor(leaveScreen)
			_, after, _ := strings.Cut(w.Shown.String(), leaveScreen)
			require.Empty(t, after)
		})
	}
	t.Run("a signal", func(t *testing.T) {
		w := choosing(t, c, "logs")
		w.Signal(syscall.SIGTERM)
		w.WaitForExit(1)
		w.WaitFor(leaveScreen)
		w.WaitFor("error: interrupted\r\n")
	})
}

func TestTheChooserFollowsTheSizeOfTheTerminal(t *testing.T) {
	w := choosing(t, clitest.Start(t), "exec", "--", "true")
	require.Contains(t, screen(w), "READY")
	w.Resize(40, 4)
	clitest.WaitUntil(t, func() bool { return !strings.Contains(screen(w), "READY") }, "a narrow screen")
	require.NotContains(t, screen(w), "NAME", "four lines have no room for titles")
	w.TypeKeys("\x1b")
	w.WaitForExit(130)
}

func TestTheChooserShowsSickPodsFirst(t *testing.T) {
	c := clitest.Start(t)
	clitest.CompletedPod(t, c)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "zz-waits"}, "spec": {"schedulerName": "none",
		"containers": [{"name": "app", "image": "x"}]}}`)
	require.NoError(t, err)
	w := choosing(t, c, "exec", "--", "true")
	require.Regexp(t, `(?s)> zz-waits +Pending.*distroless +Running.*shell +Running`, screen(w))
	require.NotContains(t, screen(w), "done", "no program runs in a pod that has ended")
	w.TypeKeys("\x1b")
	w.WaitForExit(130)
	w = choosing(t, c, "logs")
	require.Regexp(t, `(?s)> zz-waits.*shell.*done +Completed`, screen(w))
	w.TypeKeys("\x1b")
	w.WaitForExit(130)
}

func TestTheChooserOfAllNamespacesUsesThatOfThePod(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "elsewhere", "namespace": "kube-public"}, "spec": {"schedulerName": "none",
		"containers": [{"name": "app", "image": "x"}]}}`)
	require.NoError(t, err)
	w := choosing(t, c, "logs", "-A")
	require.Regexp(t, `NAMESPACE +NAME +STATUS +AGE`, screen(w))
	w.TypeKeys("public\r")
	w.WaitForExit(0, 1)
	w.WaitFor("Using pod/elsewhere of namespace kube-public\r\n")
	require.True(t, slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool {
		return r.Path == "/api/v1/namespaces/kube-public/pods/elsewhere/log"
	}))
}

func TestTheChooserReadsManyPodsInPages(t *testing.T) {
	c := clitest.Start(t)
	for i := range 600 {
		_, err := c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "many-%d"}, "spec": {"schedulerName": "none",
			"containers": [{"name": "app", "image": "x"}]}}`, i))
		require.NoError(t, err)
	}
	w := choosing(t, c, "attach", "-c", "nope")
	require.Contains(t, screen(w), "602 of 602 pods in namespace default.")
	require.LessOrEqual(t, strings.Count(screen(w), "\r\n"), 29)
	w.TypeKeys("many-599\r")
	w.WaitForExit(125)
	w.WaitFor("error: pod many-599 has no container")
}

func TestThereIsNoChooserWithoutATerminalAtBothEnds(t *testing.T) {
	t.Setenv("TERM", "xterm")
	c := clitest.Start(t)
	w := clitest.NewTerminal(t)
	before := len(c.Requests())
	for name, run := range map[string]func(args ...string) clitest.Result{
		"neither": c.Kx,
		"only stdin": func(args ...string) clitest.Result {
			var out, messages bytes.Buffer
			code := clitest.Run(clitest.WithLimit(t), w.Slave, &out, &messages, append([]string{"--kubeconfig", c.KubeconfigFile}, args...))
			return clitest.Result{Code: code, Out: out.String(), Err: messages.String()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{"exec", "--", "true"}, {"logs"}, {"attach"}, {"debug"}, {"describe"}, {"logs", "-A"}} {
				require.Contains(t, run(args...).RequireError(t, 2), "no pod is given")
			}
			require.Contains(t, run("cp", ":/x", ".").RequireError(t, 2), "neither part may be empty")
		})
	}
	require.Len(t, c.Requests(), before)
	t.Run("a terminal without a cursor", func(t *testing.T) {
		t.Setenv("TERM", "dumb")
		w.Start(c, "logs")
		w.WaitForExit(2)
		w.WaitFor("error: no pod is given")
	})
}

func TestAListThatFailsOrIsEmptyIsAnError(t *testing.T) {
	t.Setenv("TERM", "xterm")
	c := clitest.Start(t)
	w := clitest.NewTerminal(t)
	w.Start(c, "logs", "-n", "kube-public")
	w.WaitForExit(1)
	w.WaitFor("error: no pod is given, and there are no pods in namespace kube-public\r\n")
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods", Times: -1, Then: kxtest.AnswerStatus(403, "Forbidden", "no", 0)})
	w.Start(c, "logs")
	w.WaitForExit(1)
	w.WaitFor("error: no pod is given, and none can be chosen: ")
	require.NotContains(t, w.Shown.String(), showScreen)
}

func TestAllNamespacesExcludesASelection(t *testing.T) {
	c := clitest.Start(t)
	for _, args := range [][]string{{"exec", "shell", "-A", "--", "true"}, {"logs", "shell", "-A"}, {"logs", "-l", "a=b", "-A"}, {"attach", "shell", "-A"}, {"describe", "pod", "shell", "-A"},
		{"debug", "shell", "-A"}, {"debug", "-l", "a=b", "-A"}} {
		require.Contains(t, c.Kx(args...).RequireError(t, 2), "error: -A is for choosing a pod: give -n NAMESPACE with a name or -l")
	}
}
