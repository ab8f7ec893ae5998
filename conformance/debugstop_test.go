package conformance_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// debugStops are the behaviours of kx debug stop.
func debugStops() []behaviour {
	// untouched requires that stop leaves the application as it was.
	untouched := func(t *testing.T, w *world, name string, stop func()) {
		t.Helper()
		before := w.get(t, name).Status.ContainerStatuses
		stop()
		after := w.get(t, name).Status.ContainerStatuses
		require.Len(t, after, len(before))
		for i := range after {
			require.NotEmpty(t, after[i].ContainerID)
			require.NotNil(t, after[i].State.Running)
			require.Equal(t, before[i].ContainerID, after[i].ContainerID)
			require.Equal(t, before[i].RestartCount, after[i].RestartCount)
		}
	}
	ends := func(prepare func(*testing.T, *world) string, code string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			name := prepare(t, w)
			untouched(t, w, name, func() {
				require.Equal(t, result{"pod/" + name + ": a has ended: Exited " + code + "\n", "", 0}, w.kx(t, "",
					"debug", "stop", name))
			})
		}
	}
	with := func(o debug.Options) func(*testing.T, *world) string {
		return func(t *testing.T, w *world) string {
			name := w.running(t)
			o.Name = "a"
			w.debug(t, name, o)
			return name
		}
	}
	sh := func(script string) []string { return []string{"sh", "-c", script} }
	// marked waits until a container has written its mark into its log, so that it handles signals.
	marked := func(o debug.Options) func(*testing.T, *world) string {
		return func(t *testing.T, w *world) string {
			name := with(o)(t, w)
			eventually(t, "the container is ready", func() bool {
				log, err := subresource.Log(w.pods).Open(t.Context(), name, subresource.LogOptions{Container: "a"})
				require.NoError(t, err)
				defer log.Close()
				text, err := io.ReadAll(log)
				return err == nil && string(text) == "ready\n"
			})
			return name
		}
	}
	return []behaviour{
		{"kx debug stop ends a debug container and its children, and leaves its target unchanged",
			ends(with(debug.Options{Target: "app", Command: sh("sleep 3600 & sleep 3600")}), "143 (Error)")},
		{"kx debug stop sends SIGKILL to a process that ignores SIGTERM and shares the target's processes",
			func(t *testing.T, w *world) {
				name := marked(debug.Options{Target: "app",
					Command: sh("trap '' TERM; echo ready; while true; do sleep 1; done")})(t, w)
				untouched(t, w, name, func() {
					done := w.kx(t, "", "debug", "stop", name, "a", "--grace-period", "1")
					require.Equal(t, result{"pod/" + name + ": a has ended: Exited 137 (Error)\n", "", 0}, done)
				})
			}},
		{"kx debug stop lets a process 1 that handles SIGTERM end by itself",
			ends(marked(debug.Options{Command: sh("trap 'exit 4' TERM; echo ready; while true; do sleep 1; done")}),
				"4 (Error)")},
		{"kx debug stop ends a shell at a terminal, and its program, with ^C and ^D", ends(func(t *testing.T,
			w *world) string {
			name := with(debug.Options{OpenStdin: true, TTY: true, Command: []string{"sh"}})(t, w)
			done := w.kx(t, "sleep 3600\r", "attach", name, "-c", "a", "-iq")
			require.Equal(t, 0, done.code, done.stderr)
			return name
		}, "130 (Error)")},
		{"kx debug stop ends a shell with EOF on stdin", ends(func(t *testing.T, w *world) string {
			name := w.running(t)
			c := container("a")
			c.Command, c.Stdin, c.StdinOnce = []string{"sh"}, true, true
			_, err := w.ec.Add(t.Context(), name, c)
			require.NoError(t, err)
			w.debugRuns(t, name, "a")
			return name
		}, "0 (Completed)")},
		{"kx debug stop ends the processes of one container only in a pod that shares all processes",
			func(t *testing.T, w *world) {
				name := w.name()
				w.create(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`"},"spec":{"shareProcessNamespace":true,"automountServiceAccountToken":false,
				"terminationGracePeriodSeconds":0,"containers":[
				{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]},
				{"name":"other","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}]}}`)
				eventually(t, "the pod runs", func() bool { return w.get(t, name).Status.Phase == "Running" })
				for _, container := range []string{"a", "b"} {
					w.debug(t, name, debug.Options{Name: container, Command: []string{"sleep", "3600"}})
				}
				untouched(t, w, name, func() {
					require.Equal(t, result{"pod/" + name + ": a has ended: Exited 143 (Error)\n", "", 0}, w.kx(t, "",
						"debug", "stop", name, "a"))
				})
				require.Equal(t, debug.StateRunning, w.debugState(t, name, "b"))
			}},
		{"kx debug stop --all ends each running container", func(t *testing.T, w *world) {
			name := w.running(t)
			for _, container := range []string{"a", "b", "c"} {
				w.debug(t, name, debug.Options{Name: container, Target: "app", Command: []string{"sleep", "3600"}})
			}
			done := w.kx(t, "", "debug", "stop", name)
			require.Equal(t, 2, done.code)
			require.Contains(t, done.stderr, "error: name one debug container, or ask for all; running in pod "+
				""+name+": a b c; see ")
			require.Equal(t, 0, w.kx(t, "", "debug", "stop", name, "b").code)
			require.Equal(t, debug.StateRunning, w.debugState(t, name, "a"))
			untouched(t, w, name, func() {
				done = w.kx(t, "", "debug", "stop", name, "--all")
				require.Equal(t, result{"pod/" + name + ": a has ended: Exited 143 (Error)\npod/" + name + ": c has " +
					"ended: Exited 143 (Error)\n", "", 0}, done)
			})
			require.Equal(t, result{"", "No debug container of pod " + name + " runs\n", 0}, w.kx(t, "", "debug",
				"stop", name, "--all"))
			require.Equal(t, result{"pod/" + name + ": b was not running: Exited 143 (Error)\n", "", 0}, w.kx(t, "",
				"debug", "stop", name, "b"))
		}},
		{"complaint #124270, debug containers can't be removed: kx debug stop reports why a container still runs if its processes cannot be ended from inside", func(t *testing.T, w *world) {
			name := with(debug.Options{Command: []string{"sleep", "3600"}})(t, w)
			done := w.kx(t, "", "debug", "stop", name, "--grace-period", "1")
			require.Equal(t, result{"", "error: container a of pod " + name + " still runs: process 1 ignores " +
				"signals from inside the container, which has no target; the container ends with its program, or " +
				"with the pod\n", 1},
				done)
			require.Equal(t, debug.StateRunning, w.debugState(t, name, "a"))
		}},
		{"kx debug stop reports that a container has no shell", func(t *testing.T, w *world) {
			name := with(debug.Options{Image: "kx.local/distroless:1", Target: "app"})(t, w)
			done := w.kx(t, "", "debug", "stop", name)
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, `container a of pod `+name+` still runs: no shell runs in it to end its `+
				`processes: `)
			require.Contains(t, done.stderr, "sh is not in container a's image")
		}},
		{"kx debug stop by a user who may not exec ends nothing and fails", func(t *testing.T, w *world) {
			name := with(debug.Options{Target: "app", Command: []string{"sleep", "3600"}})(t, w)
			cfg, _ := w.addUser(t, w.name(), right{verbs: []string{"get", "list", "watch"},
				resources: []string{"pods"}})
			stopped, err := debug.Stop(within(t, waitLimit), resources.New[resources.Pod](connect(t, cfg)), name,
				debug.StopOptions{})
			require.NoError(t, err)
			require.Len(t, stopped, 1)
			require.ErrorIs(t, stopped[0].Err, transport.ErrForbidden)
			require.ErrorAs(t, stopped[0].Err, new(*debug.StillRunningError))
			require.ErrorContains(t, stopped[0].Err, `resource "pods/exec"`)
			require.Equal(t, debug.StateRunning, w.debugState(t, name, "a"))
		}},
		{"kx debug stop in a debug container of another user ends only the processes that it can see",
			ends(func(t *testing.T, w *world) string {
				name := w.running(t)
				c := container("a")
				c.Command, c.TargetContainerName = []string{"sleep", "3600"}, "app"
				c.SecurityContext = &resources.SecurityContext{RunAsUser: new(int64(1000)),
					Capabilities: &resources.Capabilities{Drop: []string{"ALL"}}}
				_, err := w.ec.Add(t.Context(), name, c)
				require.NoError(t, err)
				w.debugRuns(t, name, "a")
				return name
			}, "143 (Error)")},
		{"kx debug stop refuses containers that are not ephemeral", func(t *testing.T, w *world) {
			name := with(debug.Options{Target: "app", Command: []string{"sleep", "3600"}})(t, w)
			untouched(t, w, name, func() {
				done := w.kx(t, "", "debug", "stop", name, "app")
				require.Equal(t, 2, done.code)
				require.Contains(t, done.stderr,
					"error: only ephemeral containers can be stopped: app is of the kind container; running in pod "+
						""+name+": a; see ")
				done = w.kx(t, "", "debug", "stop", name, "no-such")
				require.Equal(t, 2, done.code)
				require.Contains(t, done.stderr,
					"error: there is no debug container \"no-such\"; running in pod "+name+": a; see ")
			})
			require.Equal(t, debug.StateRunning, w.debugState(t, name, "a"))
		}},
		{"kx debug stop reports that a container which never started was not running", func(t *testing.T, w *world) {
			name := w.pod(t, "a")
			stopped, err := debug.Stop(within(t, waitLimit), w.pods, name, debug.StopOptions{Container: "a",
				Grace: time.Second})
			require.NoError(t, err)
			require.False(t, stopped[0].WasRunning)
			require.NoError(t, stopped[0].Err)
			require.Equal(t, debug.StateWaiting, stopped[0].State)
		}},
	}
}

// debugState returns the state of a debug container.
func (w *world) debugState(t *testing.T, pod, name string) string {
	t.Helper()
	for _, c := range debug.EphemeralContainersOf(w.outline(t, pod)) {
		if c.Name == name {
			return c.State
		}
	}
	return ""
}

// debugRuns waits until a debug container runs.
func (w *world) debugRuns(t *testing.T, pod, name string) {
	t.Helper()
	eventually(t, name+" runs", func() bool { return w.debugState(t, pod, name) == debug.StateRunning })
}

func (w *world) outline(t *testing.T, name string) *resources.PodOutline {
	t.Helper()
	pod, err := resources.As[resources.PodOutline](w.pods).Get(t.Context(), name)
	require.NoError(t, err)
	return pod
}
