package conformance_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// earlyAttach are the behaviours of attaching to a debug container while it starts.
func earlyAttach() []behaviour {
	attached := func(command ...string) (o debug.Options, stdout, stderr *bytes.Buffer) {
		stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
		return debug.Options{Name: "debugger", Image: image, ImagePullPolicy: "Never", Target: "app", Command: command,
			Stdout: stdout, Stderr: stderr}, stdout, stderr
	}
	return []behaviour{
		{"the output of debug -i equals the container's log", func(t *testing.T, w *world) {
			for _, script := range []string{
				"seq 1 5; for i in 6 7 8 9; do sleep 0.1; echo $i; done; sleep 1; echo bye; sleep 0.5; exit 3",
				"for i in $(seq 1 40); do echo line $i; sleep 0.05; done; sleep 0.5; exit 3",
				"echo first; sleep 3; echo last; sleep 0.5; exit 3",
			} {
				name := w.running(t)
				o, stdout, _ := attached("sh", "-c", script)
				res, err := debug.Run(within(t, waitLimit), w.pods, name, o)
				require.NoError(t, err)
				require.Equal(t, 3, res.ExitCode)
				require.Equal(t, w.log(t, name, "debugger"), stdout.String(), script)
			}
		}},
		{"stdout and stderr stay apart after the attach", func(t *testing.T, w *world) {
			name := w.running(t)
			o, stdout, stderr := attached("sh", "-c", "echo first; sleep 3; echo out; echo err >&2; sleep 0.5")
			_, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Equal(t, "first\nout\n", stdout.String())
			require.Equal(t, "err\n", stderr.String())
		}},
		{"stdin from before the container's start reaches it once", func(t *testing.T, w *world) {
			name := w.running(t)
			o, stdout, _ := attached("sh", "-c", "cat | tail -n 1; sleep 0.5")
			text := strings.Repeat("0123456789abcdef\n", 10_000) // more than rewindableStdin keeps
			o.Stdin = strings.NewReader(text + "end\n")
			_, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Equal(t, "end\n", stdout.String())

			name = w.running(t)
			o, stdout, _ = attached("sh", "-c", "wc -c; sleep 0.5")
			o.Stdin = strings.NewReader(text)
			_, err = debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(len(text)), strings.TrimSpace(stdout.String()))
		}},
		{"a debug container with a terminal shows a prompt", func(t *testing.T, w *world) {
			o, _, _ := attached("sh")
			stdin, keys := io.Pipe()
			prompt := &awaited{text: "/ # ", seen: make(chan struct{})}
			o.Stdin, o.Stdout, o.Stderr, o.TTY = stdin, prompt, nil, true
			o.TerminalSize = func() (int, int) { return 100, 30 }
			go func() {
				<-prompt.seen
				_, _ = io.WriteString(keys, "stty size; exit 4\n")
			}()
			res, err := debug.Run(within(t, waitLimit), w.pods, w.running(t), o)
			require.NoError(t, err)
			require.Equal(t, 4, res.ExitCode)
			require.Contains(t, prompt.String(), "30 100\r\n")
		}},
		{"complaint #108135, kubectl debug hangs on a bad image: kx ends at once after a terminal reason, and after a " +
			"grace period when the pull fails, with the pod's events", func(t *testing.T, w *world) {
			for image, want := range map[string]struct{ policy, reason, event string }{
				"kx.local/no-such:1":      {"Never", "ErrImageNeverPull", "ErrImageNeverPull"},
				"127.0.0.1:1/no-such:1":   {"IfNotPresent", "ErrImagePull", "Failed"},
				"127.0.0.1:1/no-such/a:1": {"Always", "ErrImagePull", "Failed"},
			} {
				o, _, _ := attached("sh")
				o.Image, o.ImagePullPolicy, o.Timeout, o.PullGrace = image, want.policy, waitLimit, 2*time.Second
				start := time.Now()
				_, err := debug.Run(t.Context(), w.pods, w.running(t), o)
				var failed *debug.StartError
				require.ErrorAs(t, err, &failed, image)
				require.Less(t, time.Since(start), waitLimit/2)
				if failed.Reason != "ImagePullBackOff" { // follows a failed pull
					require.Equal(t, want.reason, failed.Reason)
				}
				require.NotEmpty(t, failed.Message)
				require.NoError(t, failed.EventsError)
				var reasons []string
				for _, e := range failed.Events {
					reasons = append(reasons, e.Reason)
				}
				require.Contains(t, reasons, want.event, image)
			}
		}},
		{"a debug container that cannot be configured fails at once", func(t *testing.T, w *world) {
			o, _, _ := attached("sh")
			o.Timeout = waitLimit
			o.Env = []resources.EnvVar{{Name: "A",
				ValueFrom: &resources.EnvVarSource{ConfigMapKeyRef: &resources.ConfigMapKeySelector{Name: "no-such",
					Key: "a"}}}}
			start := time.Now()
			_, err := debug.Run(t.Context(), w.pods, w.running(t), o)
			require.Less(t, time.Since(start), waitLimit/2)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "CreateContainerConfigError", failed.Reason)
			require.Equal(t, `configmap "no-such" not found`, failed.Message)
		}},
		{"a debug container whose target has ended for good is not added", func(t *testing.T, w *world) {
			name := w.start(t, "Never", `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never",`+
				`"command":["true"]}`,
				`{"name":"other","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}`)
			eventually(t, "the target has ended", func() bool {
				return w.get(t,
					name).Status.ContainerStatuses[0].State.Terminated != nil
			})
			o, _, _ := attached("sh")
			_, err := debug.Run(t.Context(), w.pods, name, o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "TargetEnded", failed.Reason)
			require.Equal(t, "container app has ended with code 0 (Completed), and the node does not start it again",
				failed.Message)
			require.Empty(t, w.get(t, name).Spec.EphemeralContainers)
		}},
		{"a debug container in a pod that is being deleted fails at once", func(t *testing.T, w *world) {
			made := w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"finalizers":["example.com/held"]},
				"spec":{"schedulerName":"none","automountServiceAccountToken":false,"containers":[{"name":"app","image":"kx.local/busybox:1","command":["sleep","3600"]}]}}`, w.name()))
			name := made.Metadata.Name
			_, err := w.pods.Delete(t.Context(), name)
			require.NoError(t, err)
			t.Cleanup(func() {
				_, err := w.pods.Patch(atEnd(t), name, released{})
				require.NoError(t, err)
			})
			o, _, _ := attached("sh")
			o.Timeout = waitLimit
			_, err = debug.Run(t.Context(), w.pods, name, o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "PodDeleted", failed.Reason)
		}},
	}
}

// released is a patch that removes a pod's finalizers.
type released struct{}

func (released) ContentType() string     { return "application/merge-patch+json" }
func (released) Encode() ([]byte, error) { return []byte(`{"metadata":{"finalizers":null}}`), nil }

// log returns the log of a container.
func (w *world) log(t *testing.T, pod, container string) string {
	t.Helper()
	log, err := subresource.Log(resources.As[resources.PodOutline](w.pods)).Open(t.Context(), pod,
		subresource.LogOptions{Container: container})
	require.NoError(t, err)
	defer log.Close()
	text, err := io.ReadAll(log)
	require.NoError(t, err)
	return string(text)
}

// awaited is a writer that reports when a text was written to it.
type awaited struct {
	bytes.Buffer
	text string
	seen chan struct{}
	told bool
}

func (a *awaited) Write(p []byte) (int, error) {
	n, err := a.Buffer.Write(p)
	if !a.told && strings.Contains(a.String(), a.text) {
		a.told = true
		close(a.seen)
	}
	return n, err
}
