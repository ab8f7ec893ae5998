package conformance_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

func debugging() []behaviour {
	sleep := debug.Options{Name: "debugger", Image: image, ImagePullPolicy: "Never", Target: "app",
		Command: []string{"sleep", "60"}}
	ends := func(code int, command ...string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			o := sleep
			o.Command = command
			name := w.running(t)
			res, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			if res.Running { // seen before its end
				w.awaitEnd(t, name, res)
			}
			require.Equal(t, code, res.ExitCode)
			require.Equal(t, map[bool]string{true: "Completed", false: "Error"}[code == 0], res.Reason)
		}
	}
	fails := func(o debug.Options, reason, message string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			o.Name, o.Timeout = "debugger", waitLimit
			name := w.running(t)
			start := time.Now()
			res, err := debug.Run(t.Context(), w.pods, name, o)
			require.Less(t, time.Since(start), waitLimit/2, "at once")
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.NotEmpty(t, failed.Events)
			failed.Events = nil
			require.Equal(t, debug.StartError{Pod: name, Container: "debugger", Reason: reason, Message: message},
				*failed)
			require.False(t, res.Running)
			w.has(t, name, "debugger")
		}
	}
	return []behaviour{
		{"a debug container runs", func(t *testing.T, w *world) {
			name := w.running(t)
			res, err := debug.Run(within(t, waitLimit), w.pods, name, sleep)
			require.NoError(t, err)
			require.True(t, res.Running)
			require.False(t, res.Adopted)
			c := w.get(t, name).Spec.EphemeralContainers[0]
			require.Equal(t, "app", c.TargetContainerName)
			require.Equal(t, []string{"SYS_PTRACE"}, c.SecurityContext.Capabilities.Add)
			if w.minor >= newest { // an older server keeps no field managers of them
				require.Contains(t, owners(w.get(t, name), "kx"), "kx Update ephemeralcontainers")
			}
		}},
		{"a debug container that succeeds has the exit code 0", ends(0, "true")},
		{"a debug container that fails has its exit code", ends(7, "sh", "-c", "exit 7")},
		{"an image that the node lacks and may not pull fails at once",
			fails(debug.Options{Image: "kx.local/no-such:1", ImagePullPolicy: "Never"},
				"ErrImageNeverPull", `Container image "kx.local/no-such:1" is not present with pull policy of Never`)},
		{"an invalid image name is refused before anything is added", func(t *testing.T, w *world) {
			name := w.running(t)
			for _, image := range []string{"kx.local/No Such", "kx.local/Busybox", "busybox:", "a@sha256:0a"} {
				_, err := debug.Run(within(t, waitLimit), w.pods, name, debug.Options{Image: image})
				var failed *debug.StartError
				require.ErrorAs(t, err, &failed, image)
				require.Equal(t, "InvalidImageName", failed.Reason)
			}
			w.has(t, name)
		}},
		{"a target that has ended for good is refused before anything is added", func(t *testing.T, w *world) {
			name := w.ready(t, plain, `{"name":"job","image":"kx.local/busybox:1","imagePullPolicy":"Never",`+
				`"command":["sh","-c","exit 3"]}`)
			w.awaitPod(t, name, func(pod *resources.PodOutline) bool {
				return pod.Status.Container("job").State.Terminated != nil
			})
			o := sleep
			o.Target = "job"
			_, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "TargetEnded", failed.Reason)
			require.Contains(t, failed.Message, "container job has ended with code 3 (Error)")
			w.has(t, name)
		}},
		{"of a target in CrashLoopBackOff kx says that the container waits for its next start", func(t *testing.T,
			w *world) {
			name := w.start(t, "Always", plain, `{"name":"crash","image":"kx.local/busybox:1",`+
				`"imagePullPolicy":"Never","command":["sh","-c","exit 3"]}`)
			w.awaitPod(t, name, func(pod *resources.PodOutline) bool {
				waiting := pod.Status.Container("crash").State.Waiting
				return waiting != nil && waiting.Reason == "CrashLoopBackOff"
			})
			o, told := sleeping(debug.General)
			o.Target, o.NoWait = "crash", true
			_, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Contains(t, *told, "Warning: container crash is in CrashLoopBackOff: "+
				"the debug container starts when it starts next")
		}},
		{"without a wait Run returns once the server has the container", func(t *testing.T, w *world) {
			name := w.running(t)
			o := sleep
			o.NoWait = true
			res, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			w.has(t, name, res.Container)
		}},
		{"a command that the image does not have fails at once", func(t *testing.T, w *world) {
			o := sleep
			o.Command = []string{"nosuch-command"}
			o.Timeout = waitLimit
			_, err := debug.Run(t.Context(), w.pods, w.running(t), o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "RunContainerError", failed.Reason)
			require.Contains(t, failed.Message, `exec: "nosuch-command": executable file not found in $PATH`)
		}},
		{"the wait for an image that cannot be pulled ends with the timeout", func(t *testing.T, w *world) {
			o := sleep
			o.Image, o.ImagePullPolicy, o.Timeout = "127.0.0.1:1/no-such:1", "IfNotPresent", 10*time.Second
			_, err := debug.Run(t.Context(), w.pods, w.running(t), o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "Timeout", failed.Reason)
			require.Regexp(t, `^not within 10s, still \w+`, failed.Message)
		}},
		{"a failed pull is reported during the wait", func(t *testing.T, w *world) {
			ctx, cancel := context.WithCancel(within(t, waitLimit))
			o := sleep
			o.Image, o.ImagePullPolicy, o.Timeout = "127.0.0.1:1/no-such:1", "IfNotPresent", -1
			var told debug.Waiting
			o.Progress = func(waiting debug.Waiting) {
				told = waiting
				if strings.Contains(waiting.Reason, "ImagePull") {
					cancel()
				}
			}
			_, err := debug.Run(ctx, w.pods, w.running(t), o)
			require.ErrorIs(t, err, context.Canceled)
			require.Regexp(t, "^(ErrImagePull|ImagePullBackOff)$", told.Reason)
			require.Contains(t, told.Message, "127.0.0.1:1/no-such:1")
		}},
		{"the same debug container is adopted by a second run", func(t *testing.T, w *world) {
			name := w.running(t)
			_, err := debug.Run(within(t, waitLimit), w.pods, name, sleep)
			require.NoError(t, err)
			res, err := debug.Run(within(t, waitLimit), w.pods, name, sleep)
			require.NoError(t, err)
			require.True(t, res.Adopted)
			require.True(t, res.Running)
			w.has(t, name, "debugger")
		}},
		{"another debug container of the same name is refused", func(t *testing.T, w *world) {
			name := w.running(t)
			_, err := debug.Run(within(t, waitLimit), w.pods, name, sleep)
			require.NoError(t, err)
			o := sleep
			o.Command = []string{"sleep", "61"}
			_, err = debug.Run(within(t, waitLimit), w.pods, name, o)
			var exists *subresource.ContainerExistsError
			require.ErrorAs(t, err, &exists)
			require.False(t, exists.Matches)
		}},
		{"a debug container without a name gets a generated name", func(t *testing.T, w *world) {
			o := sleep
			o.Name = ""
			name := w.running(t)
			res, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Regexp(t, `^debugger-[bcdfghjklmnpqrstvwxz2456789]{5}$`, res.Container)
			w.has(t, name, res.Container)
		}},
		{"a dry run of a debug container stores nothing", func(t *testing.T, w *world) {
			o := sleep
			o.DryRun = true
			name := w.pod(t)
			w.unchanged(t, name, func() {
				res, err := debug.Run(t.Context(), w.pods, name, o)
				require.NoError(t, err)
				require.Equal(t, "debugger", res.Object.Spec.EphemeralContainers[0].Name)
			})
		}},
		{"a deleted pod ends the wait for its debug container", func(t *testing.T, w *world) {
			name := w.pod(t)
			done := make(chan error, 1)
			go func() { _, err := debug.Run(within(t, waitLimit), w.pods, name, sleep); done <- err }()
			eventually(t, "the container is there", func() bool {
				return len(w.get(t,
					name).Spec.EphemeralContainers) == 1
			})
			_, err := w.pods.Delete(t.Context(), name)
			require.NoError(t, err)
			err = <-done
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "PodDeleted", failed.Reason)
		}},
	}
}

// awaitEnd completes res when the container has ended.
func (w *world) awaitEnd(t *testing.T, pod string, res *debug.Result) {
	t.Helper()
	watch := resources.ListOptions{FieldSelector: "metadata.name=" + pod,
		ResourceVersion: res.Object.Metadata.ResourceVersion}
	for event, err := range w.pods.Watch(within(t, waitLimit), watch) {
		require.NoError(t, err)
		for _, status := range event.Object.Status.EphemeralContainerStatuses {
			ended := status.State.Terminated
			if ended != nil {
				res.ExitCode, res.Reason = int(ended.ExitCode), ended.Reason
				return
			}
		}
	}
}
