package conformance_test

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

// logsFollow are the behaviours of kx logs -f.
func logsFollow() []behaviour {
	return []behaviour{
		{"kx logs -f with a selector follows the pods that are created later, and ends when all have ended", func(t *testing.T, w *world) {
			app := w.name()
			first := w.podOf(t, app, "echo early; echo first; until [ -e /tmp/go ]; do sleep 0.1; done; echo last")
			logs := w.begin(t, "logs", "-l", "app="+app, "-f", "--prefix", "--tail", "1")
			logs.prints(t, fmt.Sprintf("[pod/%s/app] first\n", first))
			second := w.podOf(t, app, "seq 3")
			logs.prints(t, fmt.Sprintf("[pod/%s/app] 3\n", second))
			w.release(t, first)
			require.Equal(t, 0, logs.ended(t), logs.stderr)
			require.Equal(t, fmt.Sprintf("[pod/%s/app] first\n[pod/%[2]s/app] 1\n[pod/%[2]s/app] 2\n[pod/%[2]s/app] 3\n[pod/%[1]s/app] last\n", first, second), logs.stdout.String())
			require.Equal(t, fmt.Sprintf("Following container app of pod %s\n", second), logs.stderr.String())
		}},
		{"kx logs -f with a selector follows no more logs than --max-log-requests, and the others later", func(t *testing.T, w *world) {
			app := w.name()
			first := w.podOf(t, app, "echo first; until [ -e /tmp/go ]; do sleep 0.1; done")
			logs := w.begin(t, "logs", "-l", "app="+app, "-f", "--max-log-requests", "1")
			logs.prints(t, "first\n")
			second := w.podOf(t, app, "echo second")
			eventually(t, "the limit is reported", func() bool {
				return strings.Contains(logs.stderr.String(), "Warning: container app of pod "+second+" is followed when another log ends: raise --max-log-requests\n")
			})
			w.release(t, first)
			require.Equal(t, 0, logs.ended(t), logs.stderr)
			require.Equal(t, "first\nsecond\n", logs.stdout.String())
		}},
		{"kx logs -f with a selector follows the pods that are there if the user may not watch pods", func(t *testing.T, w *world) {
			app := w.name()
			w.podOf(t, app, "echo first")
			_, user := w.addUser(t, "log-follower", right{verbs: []string{"get", "list"}, resources: []string{"pods", "pods/log"}})
			done := w.kx(t, "", "logs", "-l", "app="+app, "-f", "--as", user)
			require.Equal(t, result{stdout: "first\n", stderr: done.stderr}, done)
			require.Contains(t, done.stderr, "Warning: pods that are created later are not followed: ")
		}},
		{"kx logs -f with a selector waits for the successor of a pod that is deleted", func(t *testing.T, w *world) {
			app := w.name()
			old := w.podOf(t, app, "trap 'exit 1' TERM; echo old; while true; do sleep 0.1; done")
			logs := w.begin(t, "logs", "-l", "app="+app, "-f")
			logs.prints(t, "old\n")
			// kx logs sees the end of the program, and then that of the pod.
			require.Equal(t, 0, w.kx(t, "", "delete", "pod", old, "--grace-period", "5").code)
			w.podOf(t, app, "echo new")
			require.Equal(t, 0, logs.ended(t), logs.stderr)
			require.Equal(t, "old\nnew\n", logs.stdout.String())
		}},
		{"kx logs -f with a selector that no pod matches ends at once", func(t *testing.T, w *world) {
			require.Equal(t, result{stderr: "No resources found in " + w.config.Namespace + " namespace.\n"}, w.kx(t, "", "logs", "-l", "app=none", "-f"))
		}},
		{"kx logs -f goes on with the next run of a container, and an interruption ends it with 0", func(t *testing.T, w *world) {
			name := w.start(t, "Always", `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c",
				"echo run; until [ -e /tmp/go ]; do sleep 0.1; done; exit 3"]}`)
			logs := w.begin(t, "logs", name, "-f")
			logs.prints(t, "run\n")
			w.release(t, name)
			logs.prints(t, "run\nrun\n")
			require.NoError(t, logs.cmd.Process.Signal(syscall.SIGINT))
			require.Equal(t, 0, logs.ended(t), logs.stderr)
			require.Empty(t, logs.stderr.String())
		}},
	}
}

// podOf creates a pod with a label app that runs a script once, and waits until it has begun.
func (w *world) podOf(t *testing.T, app, script string) string {
	t.Helper()
	name := w.name()
	w.create(t, strings.Replace(podThat(name, script), `"metadata":{`, fmt.Sprintf(`"metadata":{"labels":{"app":%q},`, app), 1))
	eventually(t, "the container has begun", func() bool {
		statuses := w.get(t, name).Status.ContainerStatuses
		return len(statuses) == 1 && statuses[0].State.Waiting == nil
	})
	return name
}

// release lets a script go on that waits for the file /tmp/go.
func (w *world) release(t *testing.T, pod string) {
	t.Helper()
	_, err := w.exec(t, pod, subresource.ExecOptions{Command: []string{"touch", "/tmp/go"}})
	require.NoError(t, err)
}

// runningCommand is a command of kx that runs.
type runningCommand struct {
	cmd            *exec.Cmd
	stdout, stderr *lockedBuffer
}

// begin starts kx in the run's namespace.
func (w *world) begin(t *testing.T, args ...string) *runningCommand {
	t.Helper()
	return w.beginProgram(t, w.kxProgram, args...)
}

func (w *world) beginProgram(t *testing.T, program string, args ...string) *runningCommand {
	t.Helper()
	r := &runningCommand{stdout: new(lockedBuffer), stderr: new(lockedBuffer)}
	r.cmd = exec.CommandContext(within(t, commandLimit), program, append([]string{"--kubeconfig", w.kubeconfig, "-n", w.config.Namespace}, args...)...)
	r.cmd.Stdout, r.cmd.Stderr = r.stdout, r.stderr
	require.NoError(t, r.cmd.Start())
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // it may have ended
		_ = r.cmd.Wait()
	})
	return r
}

// prints waits until stdout ends with text.
func (r *runningCommand) prints(t *testing.T, text string) {
	t.Helper()
	eventually(t, "kx prints "+text, func() bool { return strings.HasSuffix(r.stdout.String(), text) })
}

// ended waits for the end, and returns the exit status.
func (r *runningCommand) ended(t *testing.T) int {
	t.Helper()
	_ = r.cmd.Wait() // ProcessState has the result
	return r.cmd.ProcessState.ExitCode()
}
