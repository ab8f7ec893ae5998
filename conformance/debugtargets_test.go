package conformance_test

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// debugTargets are the behaviours of kx debug with a workload, a selector or several pods.
func debugTargets() []behaviour {
	takesReady := func(kind string) behaviour {
		return behaviour{"kx debug of a " + kind + " takes a ready pod before one that waits", func(t *testing.T,
			w *world) {
			load := w.workload(t, kind, 1)
			waits := w.beside(t, load)
			require.Less(t, waits, load.pods[0], "by its name it would be the first")
			done := w.kx(t, "", debugs(strings.ToLower(kind)+"/"+load.name)...)
			require.Equal(t, 0, done.code, done.stderr)
			require.Equal(t, "pod/"+load.pods[0]+": debugger\n", done.stdout)
			require.Contains(t, done.stderr, fmt.Sprintf("Using pod/%s of %s/%s (2 pods)\n", load.pods[0],
				strings.ToLower(kind), load.name))
		}}
	}
	return []behaviour{
		takesReady("Deployment"), takesReady("StatefulSet"), takesReady("DaemonSet"), takesReady("ReplicaSet"),
		takesReady("Job"),
		{"kx debug -l uses a ready pod that matches", func(t *testing.T, w *world) {
			load := w.workload(t, "ReplicaSet", 1)
			w.beside(t, load)
			done := w.kx(t, "", debugs("-l", load.selector, "-q")...)
			require.Equal(t, result{stdout: "pod/" + load.pods[0] + ": debugger\n"}, done)
		}},
		{"kx debug --all with two selectors adds a container to the pods that match both", func(t *testing.T, w *world) {
			app := w.name()
			other, chosen := w.podOf(t, app, "sleep 3600"), w.podOf(t, app, "sleep 3600")
			done := w.kx(t, "", "patch", "pod", chosen, "-p", `{"metadata":{"labels":{"tier":"web"}}}`)
			require.Equal(t, 0, done.code, done.stderr)
			for _, selectors := range [][]string{{"-l", "tier=web", "-l", "app=" + app}, {"-l", "app=" + app, "-l", "tier=web"}} {
				done = w.kx(t, "", debugs(append(selectors, "--all", "-q")...)...)
				require.Equal(t, 0, done.code, done.stderr)
				require.Equal(t, "pod/"+chosen+": debugger\n", done.stdout)
			}
			w.has(t, other)
		}},
		{"kx debug -i of a workload runs a script in one of its pods", func(t *testing.T, w *world) {
			load := w.workload(t, "Deployment", 1)
			done := w.kx(t, "hostname; sleep 1; exit 7\n", "debug", "deploy/"+load.name, "-i", "-q", "--image", image,
				"--image-pull-policy", "Never", "--", "sh")
			require.Equal(t, result{stdout: load.pods[0] + "\n", code: 7}, done)
		}},
		{"kx debug of a workload without pods reports why it has none", func(t *testing.T, w *world) {
			load := w.workload(t, "Deployment", 0)
			for _, words := range [][]string{{"deploy/" + load.name}, {"deploy/" + load.name, "--all"}} {
				done := w.kx(t, "", debugs(words...)...)
				require.Equal(t, result{stderr: "error: deployments.apps/" + load.name +
					" has no pods: it wants none: scale it up\n", code: 1}, done)
			}
			done := w.kx(t, "", debugs("-l", load.selector)...)
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, "no pods to debug: none in namespace")
		}},
		{"kx debug --all adds a container to each of 50 pods, and names the pods where it failed", debugsFifty},
		{"kx debug --all of pods and workloads uses each pod once, and exits with the first program's code",
			func(t *testing.T, w *world) {
				load := w.workload(t, "Deployment", 2)
				other := w.running(t)
				words := append(debugs("deploy/"+load.name, "pod/"+load.pods[1], other, "--all", "-q"), "sleep", "60")
				words = append(words[:slices.Index(words, "--")+1], "sh", "-c",
					"case $(hostname) in "+other+") exit 0;; *) exit 3;; esac")
				w.kx(t, "", words...)
				for _, pod := range append(load.pods, other) {
					eventually(t, "the program has ended", func() bool {
						status := w.get(t, pod).Status.EphemeralContainerStatuses
						return len(status) == 1 && status[0].State.Terminated != nil
					})
				}
				done := w.kx(t, "", words...) // adopts the containers that it added before
				require.Equal(t, 3, done.code, done.stderr)
				names := append(slices.Clone(load.pods), other)
				slices.Sort(names)
				require.Equal(t, "pod/"+strings.Join(names, ": debugger\npod/")+": debugger\n", done.stdout)
			}},
		{"an interrupted kx debug --all prints at once which container stays in which pod", debugsInterrupted},
		{"kx debug -o json prints the result for one pod", func(t *testing.T, w *world) {
			name := w.running(t)
			done := w.kx(t, "", debugs(name, "--target", "app", "-o", "json", "-q")...)
			require.Equal(t, 0, done.code, done.stderr)
			require.JSONEq(t, fmt.Sprintf(`{"namespace":%q,"pod":%q,"container":"debugger","image":%q,"target":"app",`+
				`"state":"running","adopted":false,"profile":"general","notices":["The files of container app are `+
				`under /proc/1/root"]}`,
				w.config.Namespace, name, image), done.stdout)
		}},
		{"kx debug -o json of a failure prints the reason, and the container that stays in the pod", func(t *testing.T,
			w *world) {
			name := w.running(t)
			done := w.kx(t, "", "debug", name, "-q", "-o", "json", "-c", "debugger", "--image", "kx.local/no-such:1",
				"--image-pull-policy", "Never")
			require.Equal(t, 1, done.code)
			var told struct{ Pod, Container, State, Reason, Error string }
			require.NoError(t, json.Unmarshal([]byte(done.stdout), &told, json.MatchCaseInsensitiveNames(true)))
			require.Contains(t, told.Error, "does not run: ErrImageNeverPull")
			told.Error = ""
			require.Equal(t, struct{ Pod, Container, State, Reason, Error string }{Pod: name, Container: "debugger",
				Reason: "ErrImageNeverPull"}, told)
		}},
	}
}

func debugsFifty(t *testing.T, w *world) {
	const pods = 50
	load := w.workload(t, "Deployment", pods)
	taken := load.pods[17]
	done := w.kx(t, "", "debug", taken, "-q", "-c", "debugger", "--image", image, "--image-pull-policy", "Never", "--",
		"sleep", "61")
	require.Equal(t, 0, done.code, done.stderr)

	done = w.kx(t, "", debugs("deploy/"+load.name, "--all", "--timeout", waitLimit.String())...)
	require.Equal(t, 125, done.code)
	printed := strings.Split(strings.TrimSpace(done.stdout), "\n")
	require.Len(t, printed, pods-1)
	require.True(t, slices.IsSorted(printed), "in their order")
	require.NotContains(t, done.stdout, taken)
	require.Contains(t, done.stderr, fmt.Sprintf("error: pod/%s: pod %s has an ephemeral container debugger "+
		"already", taken, taken))
	require.Equal(t, 1, strings.Count(done.stderr, "error: "), done.stderr)
	require.Contains(t, done.stderr, "49 of 50 pods have a debug container; 1 failed\n")
	for _, name := range load.pods {
		w.has(t, name, "debugger")
	}

	done = w.kx(t, "", debugs("-l", load.selector, "--all", "-o", "json", "-q")...) // adopts them
	require.Equal(t, 125, done.code)
	var told struct {
		Items []struct {
			Pod, State, Error string
			Adopted           bool
		}
		Summary map[string]int
	}
	require.NoError(t, json.Unmarshal([]byte(done.stdout), &told, json.MatchCaseInsensitiveNames(true)))
	require.Equal(t, map[string]int{"pods": pods, "done": pods - 1, "failed": 1}, told.Summary)
	require.Len(t, told.Items, pods)
	for i, item := range told.Items {
		require.Equal(t, load.pods[i], item.Pod)
		require.Equal(t, item.Pod != taken, item.Adopted && item.State == "running" && item.Error == "", "%v", item)
	}
}

func debugsInterrupted(t *testing.T, w *world) {
	first, second := w.running(t), w.running(t)
	cmd := exec.CommandContext(within(t, waitLimit), w.kxProgram, "--kubeconfig", w.kubeconfig, "-n",
		w.config.Namespace,
		"debug", first, second, "--all", "-c", "debugger", "--image", "127.0.0.1:1/no-such:1", "--timeout", "0")
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	told, lines := "", bufio.NewReader(stderr)
	for !strings.Contains(told, "pod/"+first+": Waiting: ") || !strings.Contains(told, "pod/"+second+": Waiting: ") {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, told)
		told += line
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exit)
	require.Equal(t, 125, exit.ExitCode(), told)
	for _, pod := range []string{first, second} {
		require.Contains(t, told+string(rest),
			fmt.Sprintf("error: pod/%s: container debugger stays in pod %s and may still start: see \"kx debug ls %s ",
				pod, pod, pod))
	}
	require.Contains(t, string(rest), "0 of 2 pods have a debug container; 2 failed\n")
}

// debugs returns the command line of kx debug with a container that sleeps.
func debugs(words ...string) []string {
	return append(append([]string{"debug"}, words...), "-c", "debugger", "--image", image, "--image-pull-policy",
		"Never", "--", "sleep", "60")
}
