package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// podTargets are the behaviours of the commands that take a workload or service in place of a pod.
func podTargets() []behaviour {
	return []behaviour{
		{"kx exec of a workload or service runs the program in a ready pod, and prints which", func(t *testing.T, w *world) {
			load := w.workload(t, "Deployment", 1)
			waits := w.beside(t, load)
			require.Less(t, waits, load.pods[0], "by its name it would be the first")
			done := w.kx(t, "", "exec", "deploy/"+load.name, "--", "hostname")
			require.Equal(t, result{load.pods[0] + "\n", fmt.Sprintf("Using pod/%s of deploy/%s (2 pods)\n", load.pods[0], load.name), 0}, done)
			w.service(t, load)
			done = w.kx(t, "", "exec", "service/"+load.name, "-q", "--", "hostname")
			require.Equal(t, result{stdout: load.pods[0] + "\n"}, done)
			done = w.kx(t, "", "attach", "svc/"+load.name, "-c", "no-such", "-q")
			require.Equal(t, result{stderr: fmt.Sprintf("error: pod %s has no container %q: it has app\n", load.pods[0], "no-such"), code: 125}, done)
		}},
		{"kx attach, cp and logs of a workload or service use a ready pod", func(t *testing.T, w *world) {
			load := w.workload(t, "Deployment", 1)
			w.beside(t, load)
			w.service(t, load)
			w.debug(t, load.pods[0], debug.Options{Name: "cat", Image: image, ImagePullPolicy: "Never", Command: []string{"sh", "-c", "read line; sleep 0.2; echo got $line; sleep 1"}, OpenStdin: true})
			done := w.kx(t, "one\n", "attach", "svc/"+load.name, "-c", "cat", "-i", "-q")
			if w.version4 {
				done.stderr = "" // the warning that this protocol cannot end stdin
			}
			require.Equal(t, result{stdout: "got one\n"}, done)
			for _, target := range []string{"deploy/" + load.name, "svc/" + load.name} {
				using := fmt.Sprintf("Using pod/%s of %s (2 pods)\n", load.pods[0], target)
				require.Equal(t, result{stdout: "got one\n", stderr: using}, w.kx(t, "", "logs", target, "-c", "cat"))
				file := filepath.Join(t.TempDir(), "hostname")
				require.Equal(t, result{}, w.kx(t, "", "cp", "-q", target+":/etc/hostname", file))
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				require.Equal(t, load.pods[0]+"\n", string(text))
			}
		}},
		{"kx cp copies out of the pod of a node, and kx debug stop removes a pod of a node and a copy", func(t *testing.T, w *world) {
			copied := w.name()
			for _, words := range [][]string{{"node/kx-node"}, {w.running(t), "--copy-to", copied}} {
				done := w.kx(t, "", append(append([]string{"debug"}, words...), "-q", "-c", "tools", "--image", image, "--image-pull-policy", "Never", "--", "sleep", "600")...)
				require.Equal(t, 0, done.code, done.stderr)
				pod, _, ok := strings.Cut(strings.TrimPrefix(done.stdout, "pod/"), ": ")
				require.True(t, ok, done.stdout)
				w.deleteAtEnd(t, pod)
				file := filepath.Join(t.TempDir(), "hostname")
				require.Equal(t, result{}, w.kx(t, "", "cp", "-q", pod+":/etc/hostname", file, "-c", "tools"))
				require.FileExists(t, file)
				done = w.kx(t, "", "debug", "stop", pod)
				require.Equal(t, 0, done.code, done.stderr)
				require.Contains(t, done.stdout, "pod/"+pod+": tools was removed with its pod")
				w.awaitGone(t, pod)
			}
		}},
		{"kx exec and attach of a pod on no node fail with the scheduler's reason", func(t *testing.T, w *world) {
			name := w.gated(t)
			const reason = "is on no node yet: SchedulingGated: Scheduling is blocked due to non-empty scheduling gates; --pod-running-timeout 1m waits for a node\n"
			require.Equal(t, result{stderr: "error: cannot run a program: pod " + name + " " + reason, code: 125}, w.kx(t, "", "exec", name, "-q", "--", "true"))
			require.Equal(t, result{stderr: "error: cannot attach: pod " + name + " " + reason, code: 125}, w.kx(t, "", "attach", name, "-q"))
		}},
		{"kx exec --pod-running-timeout waits until a pod on no node runs", func(t *testing.T, w *world) {
			name := w.gated(t)
			ended := make(chan result)
			go func() {
				ended <- w.kx(t, "", "exec", name, "--pod-running-timeout", waitLimit.String(), "--", "hostname")
			}()
			_, err := w.pods.Patch(t.Context(), name, patch.Merge(map[string]any{"spec": map[string]any{"schedulingGates": nil}}))
			require.NoError(t, err)
			done := <-ended
			require.Equal(t, name+"\n", done.stdout, done.stderr)
		}},
		{"kx debug of a pod on no node warns that the container starts when the pod does", func(t *testing.T, w *world) {
			name := w.gated(t)
			done := w.kx(t, "", "debug", name, "-c", "debugger", "--image", image, "--timeout", "1ms")
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, "Warning: pod "+name+" is on no node yet: SchedulingGated: "+
				"Scheduling is blocked due to non-empty scheduling gates: the container starts when the pod does\n")
			w.has(t, name, "debugger")
		}},
	}
}

// service creates a service that selects the pods of a workload.
func (w *world) service(t *testing.T, load *workload) {
	t.Helper()
	kind, _ := resources.Lookup("services")
	services := resources.ForKind(w.client, kind)
	_, err := services.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Service","metadata":{"name":%q},"spec":{"selector":%s,"ports":[{"port":80}]}}`,
		load.name, encode(t, load.labels)))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := services.Delete(atEnd(t), load.name)
		require.NoError(t, err)
	})
}

// gated creates a pod that the scheduler takes once its gate is removed.
func (w *world) gated(t *testing.T) string {
	t.Helper()
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"schedulingGates":[{"name":"example.com/wait"}],
		"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,
		"containers":[{"name":"app","image":%q,"imagePullPolicy":"Never","command":["sleep","3600"]}]}}`, name, image))
	return name
}
