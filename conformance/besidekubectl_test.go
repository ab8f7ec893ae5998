package conformance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// besideKubectl are behaviours of kx and kubectl on one cluster.
func besideKubectl() []behaviour {
	return []behaviour{
		{"kubectl reads the ephemeral containers that kx wrote", func(t *testing.T, w *world) {
			name := w.pod(t)
			c := container("debugger")
			c.TargetContainerName, c.Command, c.Stdin = "app", []string{"sleep", "60"}, true
			_, err := w.ec.Add(t.Context(), name, c)
			require.NoError(t, err)
			done := w.run(t, w.kubectl, "", "get", "pod", name, "-o", `jsonpath={range .spec.ephemeralContainers[*]}{.name} {.image} {.targetContainerName} {.command} {.stdin}{end}`)
			require.Equal(t, result{stdout: `debugger kx.local/busybox:1 app ["sleep","60"] true`}, done)
		}},
		{"kx reads the ephemeral containers that kubectl debug wrote", func(t *testing.T, w *world) {
			name := w.running(t)
			done := w.run(t, w.kubectl, "", debugWith(debug.General, name)...)
			require.Equal(t, 0, done.code, done.stderr)
			c := w.get(t, name).Spec.EphemeralContainers[0]
			require.Equal(t, "debugger", c.Name)
			require.Equal(t, image, c.Image)
			require.Equal(t, "app", c.TargetContainerName)
			require.Equal(t, []string{"sleep", "60"}, c.Command)
			require.Equal(t, []string{"SYS_PTRACE"}, c.SecurityContext.Capabilities.Add)
		}},
		{"kx and kubectl write the same debug container under each profile", func(t *testing.T, w *world) {
			for _, profile := range debug.Profiles() {
				ours, theirs := w.running(t), w.running(t)
				kx := w.kx(t, "", debugWith(profile, ours)...)
				require.Equal(t, profile == debug.Restricted, kx.code == 1, "only there a root image does not start: %s", kx.stderr)
				done := w.run(t, w.kubectl, "", debugWith(profile, theirs)...)
				require.Equal(t, 0, done.code, done.stderr)
				written := w.get(t, ours).Spec.EphemeralContainers
				require.Len(t, written, 1, profile)
				require.Equal(t, encode(t, w.get(t, theirs).Spec.EphemeralContainers), encode(t, written), profile)
			}
		}},
		{"kx and kubectl take their time until a debug container runs", times},
	}
}

// times tells how long each tool takes; it asserts nothing about that. kubectl does not wait for the container, so its time until that runs is told too.
func times(t *testing.T, w *world) {
	const runs = 7
	var ours, theirs, theirsRuns []time.Duration
	for range runs {
		name := w.running(t)
		start := time.Now()
		done := w.kx(t, "", debugWith(debug.General, name)...)
		ours = append(ours, time.Since(start))
		require.Equal(t, 0, done.code, done.stderr)

		name = w.running(t)
		start = time.Now()
		done = w.run(t, w.kubectl, "", debugWith(debug.General, name)...)
		theirs = append(theirs, time.Since(start))
		require.Equal(t, 0, done.code, done.stderr)
		w.awaitRunning(t, name)
		theirsRuns = append(theirsRuns, time.Since(start))
	}
	t.Logf("the median of %d: kx debug returns with the container running after %v; kubectl debug returns after %v, and the container runs after %v",
		runs, median(ours), median(theirs), median(theirsRuns))
}

// awaitRunning waits until the pod's ephemeral container runs.
func (w *world) awaitRunning(t *testing.T, pod string) {
	t.Helper()
	for event, err := range w.pods.Watch(within(t, patience), resources.ListOptions{FieldSelector: "metadata.name=" + pod}) {
		require.NoError(t, err)
		for _, status := range event.Object.Status.EphemeralContainerStatuses {
			if status.State.Running != nil {
				return
			}
		}
	}
}

// debugWith gives the arguments that both take.
func debugWith(profile debug.Profile, pod string) []string {
	return strings.Fields("debug " + pod + " -q -c debugger --profile " + string(profile) + " --image " + image + " --image-pull-policy Never --target app -- sleep 60")
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2].Round(time.Millisecond)
}
