package conformance_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// The containers of the pods for attaching.
const (
	ticking = `{"name":"main","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c","while true; ` +
		`do echo tick; sleep 0.2; done"]}`
	echoing = `{"name":"echo","image":"kx.local/busybox:1","imagePullPolicy":"Never","stdin":true,"command":["sh","-c",` +
		`"while read -r line; do echo \"echo: $line\"; done"]}`
	typing = `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","stdin":true,"tty":true,` +
		`"command":["sh"]}`
)

// two creates a pod that runs the containers main and echo.
func (w *world) two(t *testing.T) string { return w.ready(t, ticking, echoing) }

// attaching are the behaviours of attach and log.
func attaching() []behaviour {
	return []behaviour{
		{"attach prints the container's output", func(t *testing.T, w *world) {
			session, err := subresource.Attach(w.pods).Start(within(t, waitLimit), w.two(t),
				subresource.AttachOptions{Container: "main", StdoutPipe: true})
			require.NoError(t, err)
			require.False(t, session.TTY())
			readUntil(t, session.StdoutPipe(), "tick\ntick\n")
			require.NoError(t, session.Close())
			require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)
		}},
		{"attach sends a line and prints the answer", func(t *testing.T, w *world) {
			session, err := subresource.Attach(w.pods).Start(within(t, waitLimit), w.two(t),
				subresource.AttachOptions{Container: "echo", StdinPipe: true, StdoutPipe: true})
			require.NoError(t, err)
			defer session.Close()
			_, err = io.WriteString(session.StdinPipe(), "hello\n")
			require.NoError(t, err)
			require.Equal(t, "echo: hello\n", readUntil(t, session.StdoutPipe(), "\n"))
		}},
		{"a container keeps running after a client disconnects, and another client can attach", func(t *testing.T,
			w *world) {
			name := w.two(t)
			for _, line := range []string{"first", "second"} {
				session, err := subresource.Attach(w.pods).Start(within(t, waitLimit), name,
					subresource.AttachOptions{Container: "echo", StdinPipe: true, StdoutPipe: true})
				require.NoError(t, err)
				_, err = io.WriteString(session.StdinPipe(), line+"\n")
				require.NoError(t, err)
				readUntil(t, session.StdoutPipe(), "echo: "+line+"\n")
				require.NoError(t, session.Close())
			}
			for _, status := range w.get(t, name).Status.ContainerStatuses {
				require.NotNil(t, status.State.Running, status.Name)
				require.Zero(t, status.RestartCount, status.Name)
			}
		}},
		{"attach uses a terminal if the container has one", func(t *testing.T, w *world) {
			var stderr bytes.Buffer
			session, err := subresource.Attach(w.pods).Start(within(t, waitLimit), w.ready(t, typing),
				subresource.AttachOptions{StdinPipe: true, StdoutPipe: true, Stderr: &stderr})
			require.NoError(t, err)
			require.True(t, session.TTY())
			require.NoError(t, session.Resize(100, 30))
			w.typeLine(t, session, "until stty size | grep -q '^30 100$'; do sleep 0.1; done; echo fits; exit 3")
			text, err := io.ReadAll(session.StdoutPipe())
			require.NoError(t, err)
			require.Contains(t, string(text), "\r\nfits\r\n")
			require.NoError(t, session.Wait(), "attach does not tell the code")
			require.Empty(t, stderr.String())
		}},
		{"attach ends with the container, and the status has the exit code", func(t *testing.T, w *world) {
			name := w.ready(t, strings.ReplaceAll(echoing, `while read -r line; do echo \"echo: $line\"; done`,
				`read line; exit 5`))
			session, err := subresource.Attach(w.pods).Start(within(t, waitLimit), name,
				subresource.AttachOptions{StdinPipe: true, StdoutPipe: true})
			require.NoError(t, err)
			w.typeLine(t, session, "end")
			require.NoError(t, session.Wait())
			require.Equal(t, int32(5), w.ended(t, name))
		}},
		{"attach to a container that has ended fails", func(t *testing.T, w *world) {
			name := w.create(t, podThat(w.name(), "exit 0")).Metadata.Name
			w.ended(t, name)
			session, err := subresource.Attach(w.pods).Start(within(t, waitLimit), name,
				subresource.AttachOptions{StdoutPipe: true})
			if err == nil {
				err = session.Wait()
			}
			require.ErrorAs(t, err, new(*transport.StatusError))
		}},
		{"attach to a pod of two containers needs a container's name", func(t *testing.T, w *world) {
			name := w.two(t)
			_, err := subresource.Attach(w.pods).Start(within(t, waitLimit), name,
				subresource.AttachOptions{StdoutPipe: true})
			refused(t, err, transport.ErrBadRequest,
				"a container name must be specified for pod "+name+", choose one of: [main echo]")
		}},
		{"attach without the right to it is refused", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "onlooker", right{verbs: []string{"get", "list"}, resources: []string{"pods"}})
			_, err := subresource.Attach(resources.New[resources.Pod](connect(t, cfg))).Start(t.Context(),
				w.running(t), subresource.AttachOptions{StdoutPipe: true})
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.ErrorContains(t, err, `resource "pods/attach"`)
		}},
		{"the log of a container that has ended has all its output", func(t *testing.T, w *world) {
			name := w.create(t, podThat(w.name(), "echo out; echo err >&2; exit 3")).Metadata.Name
			require.Equal(t, int32(3), w.ended(t, name))
			log, err := subresource.Log(w.pods).Open(t.Context(), name, subresource.LogOptions{Container: "app"})
			require.NoError(t, err)
			defer log.Close()
			text, err := io.ReadAll(log)
			require.NoError(t, err)
			require.ElementsMatch(t, []string{"out", "err"}, strings.Fields(string(text)))
		}},
		{"the log of a pod of two containers needs a container's name", func(t *testing.T, w *world) {
			name := w.two(t)
			_, err := subresource.Log(w.pods).Open(t.Context(), name, subresource.LogOptions{})
			refused(t, err, transport.ErrBadRequest,
				"a container name must be specified for pod "+name+", choose one of: [main echo]")
		}},
	}
}

// podThat creates a pod whose only container runs a script and is not restarted.
func podThat(name, script string) string {
	return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,"restartPolicy":"Never",
		"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c","` + script + `"]}]}}`
}

// ended waits until the first container of a pod has ended, and returns its exit code.
func (w *world) ended(t *testing.T, name string) int32 {
	t.Helper()
	for event, err := range w.pods.Watch(within(t, waitLimit),
		resources.ListOptions{FieldSelector: "metadata.name=" + name}) {
		require.NoError(t, err)
		for _, status := range event.Object.Status.ContainerStatuses {
			end := status.State.Terminated
			if end != nil {
				return end.ExitCode
			}
		}
	}
	require.Fail(t, "the watch ended")
	return 0
}
