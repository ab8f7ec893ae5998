package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// isTargetNotice reports whether text is a notice about the files of the target.
func isTargetNotice(text string) bool {
	return strings.HasPrefix(text, "The files of container ") || strings.HasPrefix(text,
		"Warning: cannot verify that ") ||
		strings.HasPrefix(text, "Warning: container ") && strings.Contains(text, " does not see the files of ")
}

// isNodeNotice reports whether text is the notice that the user may not get nodes.
func isNodeNotice(text string) bool {
	return text == "Warning: the pod's node was not checked: you are not allowed to read nodes"
}

// seeingTarget are the behaviours of a debug container and the files of its target.
func seeingTarget() []behaviour {
	words := func(pod string, rest ...string) []string {
		return append([]string{"debug", pod, "--image", image, "--image-pull-policy", "Never", "--target", "app", "-c",
			"debugger"}, rest...)
	}
	return []behaviour{
		{"complaint #98362, --target shows no processes: kx debug checks in the container, and prints the path of the " +
			"target's files", func(t *testing.T, w *world) {
			name := w.running(t)
			done := w.kx(t, "", words(name, "--", "sleep", "600")...)
			require.Equal(t, 0, done.code, done.stderr)
			require.Contains(t, done.stderr, "The files of container app are under /proc/1/root\n")
			root, err := debug.TargetRoot(t.Context(), w.pods, name, "debugger")
			require.NoError(t, err)
			require.Equal(t, "/proc/1/root", root)
		}},
		{"in a pod that shares its processes kx finds the files of a target by its cgroup", func(t *testing.T,
			w *world) {
			name := w.sharing(t)
			done := w.kx(t, "", words(name, "--", "sleep", "600")...)
			require.Equal(t, 0, done.code, done.stderr)
			root, err := debug.TargetRoot(t.Context(), w.pods, name, "debugger")
			require.NoError(t, err)
			require.NotEqual(t, "/proc/1/root", root, "that is the pod's pause")
			require.Contains(t, done.stderr, "The files of container app are under "+root+"\n")
			mark := w.kx(t, "", "exec", name, "-c", "debugger", "--", "cat", root+"/tmp/mark")
			require.Equal(t, result{stdout: "app\n"}, mark)
		}},
		{"the error about files of another user names both users", func(t *testing.T, w *world) {
			name := w.running(t)
			c := container("debugger")
			c.TargetContainerName, c.Command, c.SecurityContext = "app", []string{"sleep", "600"},
				&resources.SecurityContext{RunAsUser: new(int64(1000))}
			_, err := w.ec.Add(t.Context(), name, c)
			require.NoError(t, err)
			w.awaitRunning(t, name)
			_, err = debug.TargetRoot(t.Context(), w.pods, name, "debugger")
			var failed *debug.TargetError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, debug.AccessDenied, failed.Reason)
			require.Contains(t, failed.Message, "runs as user 0, and the debug container as user 1000")
		}},
	}
}

// sharing creates a pod of two containers that share their processes. Each has its name in
// /tmp/mark.
func (w *world) sharing(t *testing.T) string {
	t.Helper()
	name := w.name()
	container := func(name string) string {
		return fmt.Sprintf(`{"name":%[1]q,"image":%[2]q,"imagePullPolicy":"Never","command":["sh","-c","echo %[1]s `+
			`>/tmp/mark; exec sleep 3600"]}`, name, image)
	}
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"shareProcessNamespace":true,"automountServiceAccountToken":false,
		"terminationGracePeriodSeconds":0,"containers":[%s,%s]}}`, name, container("other"), container("app")))
	eventually(t, "the pod runs", func() bool { return w.get(t, name).Status.Phase == "Running" })
	return name
}
