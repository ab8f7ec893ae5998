package conformance_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
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
		{"kx and kubectl write the same debug container under each profile, except for the listed differences", func(t *testing.T, w *world) {
			for pod, app := range map[string]string{"plain": plain, "careful": careful} {
				for _, profile := range debug.Profiles() {
					if profile == debug.Auto { // which kubectl has not
						continue
					}
					o := debug.Options{Name: "debugger", Image: image, ImagePullPolicy: "Never", Target: "app", Profile: profile, Command: []string{"sleep", "60"}}
					wanted := w.withKubectl(t, app, debugWith(profile, "")...)
					differs := differences[profile+" "+debug.Profile(pod)]
					if differs != "" {
						require.NoError(t, json.Unmarshal([]byte(differs), wanted.SecurityContext))
					}
					require.Equal(t, encode(t, wanted), encode(t, w.withKx(t, app, o)), "%s in the pod %s", profile, pod)
				}
			}
		}},
		{"kx and kubectl merge a custom part alike if it sets other fields than the profile", func(t *testing.T, w *world) {
			const part = `{"securityContext":{"runAsUser":0,"readOnlyRootFilesystem":true,"capabilities":{"drop":["KILL"]}},"env":[{"name":"A","value":"b"},{"name":"POD","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}],
				"envFrom":[{"configMapRef":{"name":"c"}}],"volumeMounts":[{"name":"data","mountPath":"/data","readOnly":true}],"workingDir":"/tmp","imagePullPolicy":"IfNotPresent","terminationMessagePolicy":"FallbackToLogsOnError"}`
			file := filepath.Join(t.TempDir(), "part.json")
			require.NoError(t, os.WriteFile(file, []byte(part), 0o600))
			o := debug.Options{Name: "debugger", Image: image, ImagePullPolicy: "Never", Target: "app", Command: []string{"sleep", "60"}, Custom: custom(t, part)}
			require.Equal(t, encode(t, w.withKubectl(t, plain, append([]string{"debug", "--custom", file}, debugWith(debug.General, "")[1:]...)...)), encode(t, w.withKx(t, plain, o)))
		}},
		{"kubectl patch accepts the patch that a dry run of kx debug prints", func(t *testing.T, w *world) { w.patchFromDryRun(t, w.kubectl) }},
		{"the time of kx and kubectl until a debug container runs is measured", times},
		{"the time of kx and kubectl until a debug container has a prompt is measured", prompts},
		{"the time of kx and kubectl through a link of 150 ms is measured", farTimes},
	}
}

// differences lists the fields of the securityContext that only the containers of kx have, by
// profile and pod. Under restricted kx runs as the user and group of the target. Without these
// most images would not start, and no file of the target would open (kubernetes#113006,
// kubectl#1781). Under sysadmin kx runs as root: the pod's own user would have no permissions
// (kubectl#1650).
var differences = map[debug.Profile]string{
	"restricted careful": `{"runAsUser":1000,"runAsGroup":3000}`,
	"sysadmin plain":     `{"runAsUser":0}`,
	"sysadmin careful":   `{"runAsUser":0}`,
}

// withKubectl returns the ephemeral container that kubectl writes into a pod of this container.
// No node runs the pod. The pod's name follows the first argument.
func (w *world) withKubectl(t *testing.T, app string, args ...string) *resources.EphemeralContainer {
	t.Helper()
	name := w.idle(t, app)
	done := w.run(t, w.kubectl, "", slices.Insert(args, 1, name)...)
	require.Equal(t, 0, done.code, done.stderr)
	return &w.get(t, name).Spec.EphemeralContainers[0]
}

// withKx gives the one that kx writes.
func (w *world) withKx(t *testing.T, app string, o debug.Options) *resources.EphemeralContainer {
	t.Helper()
	name := w.idle(t, app)
	res, err := debug.Preview(t.Context(), w.pods, name, o)
	require.NoError(t, err)
	_, err = w.ec.AddRaw(t.Context(), name, res.Plan.Container)
	require.NoError(t, err)
	return &w.get(t, name).Spec.EphemeralContainers[0]
}

// idle makes a pod of this container that no node runs.
func (w *world) idle(t *testing.T, app string) string {
	t.Helper()
	name := w.name()
	w.create(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`"},"spec":{"schedulerName":"none","automountServiceAccountToken":false,"volumes":[{"name":"data","emptyDir":{}}],"containers":[`+app+`]}}`)
	return name
}

// times logs how long each tool takes, and asserts nothing. kubectl does not wait for the
// container, so times also logs when that runs.
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

// prompts logs how long each tool takes until a shell in a new pod has a prompt. Every run of kx
// must have one; a run of kubectl without a prompt is logged with its screen.
func prompts(t *testing.T, w *world) {
	const runs = 7
	var ours, theirs []time.Duration
	for range runs {
		took, screen := w.untilPrompt(t, w.kxProgram)
		require.NotZero(t, took, "kx has no prompt: %s", screen)
		ours = append(ours, took)
		took, screen = w.untilPrompt(t, w.kubectl)
		if took == 0 {
			t.Logf("kubectl has no prompt: %s", screen)
			continue
		}
		theirs = append(theirs, took)
	}
	require.NotEmpty(t, theirs, "kubectl had no prompt in any of %d runs", runs)
	t.Logf("the median of %d: a prompt by kx debug -it after %v, by kubectl debug -it, in %d of them, after %v",
		runs, median(ours), len(theirs), median(theirs))
}

// untilPrompt returns the time until debug -it of the program has a prompt in a new pod, or 0 and
// the screen if the program ends, or stays silent for half of waitLimit.
func (w *world) untilPrompt(t *testing.T, program string) (took time.Duration, screen string) {
	t.Helper()
	term := newTerminal(t, w)
	pod := w.ready(t, `{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}`)
	words := []string{program, "--kubeconfig", w.kubeconfig, "-n", w.config.Namespace, "debug", pod,
		"-it", "--image", image, "--image-pull-policy", "Never", "--target", "app"}
	term.types("clear; '"+strings.Join(words, "' '")+"'; echo ended", "Enter")
	start := time.Now()
	enter := start.Add(waitLimit / 6)
	eventually(t, "there is a prompt, or the program ends", func() bool {
		if time.Now().After(enter) { // the prompt may have come before kubectl's attach
			term.types("", "Enter")
			enter = time.Now().Add(waitLimit / 6)
		}
		screen = term.screen()
		if strings.Contains(screen, "/ #") {
			took = time.Since(start)
		}
		return took > 0 || strings.Contains(screen, "\nended\n") || time.Since(start) > waitLimit/2
	})
	if took > 0 {
		term.types("exit", "Enter")
		term.shows("\nended\n")
	}
	return took, screen
}

// awaitRunning waits until the pod's ephemeral container runs.
func (w *world) awaitRunning(t *testing.T, pod string) {
	t.Helper()
	for event, err := range w.pods.Watch(within(t, waitLimit), resources.ListOptions{FieldSelector: "metadata.name=" + pod}) {
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
