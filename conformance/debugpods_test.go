package conformance_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// onNode returns options for a pod on the node.
func onNode(command ...string) (o debug.NodeOptions, stdout *bytes.Buffer) {
	stdout = new(bytes.Buffer)
	o.Image, o.ImagePullPolicy, o.Command = image, "Never", command
	o.Stdout, o.Timeout = stdout, waitLimit
	return o, stdout
}

// copied returns options for a copy with the container tools, and deletes the copy with the test.
func (w *world) copied(t *testing.T, command ...string) (o debug.CopyOptions, stdout *bytes.Buffer) {
	stdout = new(bytes.Buffer)
	o.To = w.name()
	o.Name, o.Image, o.ImagePullPolicy, o.Command = "tools", image, "Never", command
	o.Stdout, o.Timeout = stdout, waitLimit
	w.deleteAtEnd(t, o.To)
	return o, stdout
}

// deleteAtEnd deletes a pod with the test, if it is there.
func (w *world) deleteAtEnd(t *testing.T, name string) {
	t.Cleanup(func() {
		_, err := w.pods.Delete(atEnd(t), name, resources.GracePeriod(0))
		if err != nil {
			require.ErrorIs(t, err, transport.ErrNotFound)
		}
	})
}

// awaitGone returns once a pod is gone.
func (w *world) awaitGone(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, resources.WaitFor(within(t, waitLimit), w.pods, name, resources.Deleted))
}

// debugPods are the behaviours of pods that are created to debug.
func debugPods() []behaviour {
	return []behaviour{
		{"kx debug --attach=false of a pod, a copy, a node and a claim returns before the program can start, and prints how to get in later",
			func(t *testing.T, w *world) {
				pod, copied, claim := w.running(t), w.name(), w.claim(t, "ReadWriteMany")
				for target, words := range map[string][]string{
					pod: {pod}, copied: {pod, "--copy-to", copied}, `node-debugger-kx-node-\w{5}`: {"node/kx-node"}, `pvc-debugger-\S+`: {"pvc/" + claim},
				} {
					done := w.kx(t, "", slices.Concat([]string{"debug"}, words, []string{"-it", "--attach=false", "-c", "tools",
						"--image", "kx.local/no-such:1", "--image-pull-policy", "Never"})...)
					require.Equal(t, 0, done.code, done.stderr)
					require.Regexp(t, `^pod/`+target+`: tools\n$`, done.stdout)
					name, _, _ := strings.Cut(strings.TrimPrefix(done.stdout, "pod/"), ":")
					if name != pod {
						w.deleteAtEnd(t, name)
					}
					require.Regexp(t, `(?m)^container tools of pod `+name+` starts without kx: attach with "kx attach `+name+
						` -c tools -it -n [^"]*", stop it with "kx debug stop `+name+` tools -n [^"]*"$`, done.stderr)
				}
			}},
		{"the command that kx debug --attach=false prints attaches to the program", func(t *testing.T, w *world) {
			done := w.kx(t, "", "debug", w.running(t), "-i", "--attach=false", "--image", image, "--image-pull-policy", "Never", "--", "sh")
			require.Equal(t, 0, done.code, done.stderr)
			_, command, _ := strings.Cut(done.stderr, `attach with "kx `)
			command, _, ok := strings.Cut(command, `"`)
			require.True(t, ok, done.stderr)
			done = w.kx(t, "sleep 0.2; echo joined; sleep 0.2; exit 4\n", strings.Fields(command)...)
			require.Equal(t, result{"joined\n", done.stderr, 4}, done)
		}},
		{"a pod on a node sees the node's files and processes, has the program's exit code, and is removed at the end",
			func(t *testing.T, w *world) {
				o, stdout := onNode("sh", "-c", "cat /host/etc/hostname; exit 5")
				res, err := debug.RunOnNode(within(t, waitLimit), w.pods, "kx-node", o)
				require.NoError(t, err)
				require.Equal(t, 5, res.ExitCode)
				require.NotEmpty(t, strings.TrimSpace(stdout.String()))
				require.True(t, res.Removed)
				w.awaitGone(t, res.Pod)
			}},
		{"a pod on a node stays without a session, and kx debug stop removes it", func(t *testing.T, w *world) {
			o, _ := onNode("sleep", "600")
			o.Stdout = nil
			res, err := debug.RunOnNode(within(t, waitLimit), w.pods, "kx-node", o)
			require.NoError(t, err)
			require.True(t, res.Running)
			require.False(t, res.Removed)
			w.deleteAtEnd(t, res.Pod)
			stopped, err := debug.Stop(within(t, waitLimit), w.pods, res.Pod, debug.StopOptions{})
			require.NoError(t, err)
			require.Len(t, stopped, 1)
			require.True(t, stopped[0].Removed)
			w.awaitGone(t, res.Pod)
		}},
		{"a pod on a node that cannot start is removed", func(t *testing.T, w *world) {
			o, _ := onNode("true")
			o.Image = "kx.local/no-such:1"
			res, err := debug.RunOnNode(within(t, waitLimit), w.pods, "kx-node", o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "ErrImageNeverPull", failed.Reason)
			require.True(t, res.Removed)
			w.awaitGone(t, res.Pod)
		}},
		{"pod security refuses a pod on a node, kx says what it needs, and the profile auto does without",
			func(t *testing.T, w *world) {
				s := w.secured(t, "enforce=baseline")
				o, stdout := onNode("echo", "hi")
				_, err := debug.RunOnNode(within(t, waitLimit), s.pods, "kx-node", o)
				require.ErrorAs(t, err, new(*debug.PodSecurityError))
				require.ErrorContains(t, err, `violates PodSecurity "baseline:latest": host namespaces`)
				require.ErrorContains(t, err, "choose a namespace that enforces privileged or none")
				o.Profile = debug.Auto
				res, err := debug.RunOnNode(within(t, waitLimit), s.pods, "kx-node", o)
				require.NoError(t, err)
				require.Equal(t, debug.Baseline, res.Plan.Profile)
				require.Equal(t, "hi\n", stdout.String())
			}},
		{"a namespace that enforces restricted leaves a node and a claim the profile restricted", func(t *testing.T,
			w *world) {
			s := w.secured(t, "enforce=restricted")
			node, _ := onNode("true")
			_, err := debug.RunOnNode(within(t, waitLimit), s.pods, "kx-node", node)
			require.ErrorAs(t, err, new(*debug.PodSecurityError))
			require.ErrorContains(t, err, "or the profile restricted, which has neither")
			claim := s.claim(t, "ReadWriteMany")
			o, stdout := onClaim("id", "-u")
			_, err = debug.RunOnClaim(within(t, waitLimit), s.pods, claim, o)
			require.ErrorAs(t, err, new(*debug.PodSecurityError))
			require.ErrorContains(t, err, "or the profile restricted")
			o.Profile, o.RunAs = debug.Restricted, &debug.RunAs{User: 7}
			res, err := debug.RunOnClaim(within(t, waitLimit), s.pods, claim, o)
			require.NoError(t, err)
			require.Equal(t, "7\n", stdout.String())
			s.awaitGone(t, res.Pod)
		}},
		{"a copy has one more container, which sees the processes of the others, and its exit code",
			func(t *testing.T, w *world) {
				name := w.ready(t, `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never",`+
					`"command":["sleep","3600"],"livenessProbe":{"exec":{"command":["true"]}}}`)
				o, stdout := w.copied(t, "sh", "-c", "until ps | grep -q '[s]leep 3600'; do sleep 1; done; echo seen; exit 6")
				res, err := debug.RunCopy(within(t, waitLimit), w.pods, name, o)
				require.NoError(t, err)
				require.Equal(t, 6, res.ExitCode)
				require.Equal(t, "seen\n", stdout.String())
				pod := w.get(t, o.To)
				require.Len(t, pod.Spec.Containers, 2)
				require.Nil(t, pod.Spec.Containers[0].LivenessProbe)
				require.Equal(t, map[string]string{"app.kubernetes.io/managed-by": "kx-debug"}, pod.Metadata.Labels)
			}},
		{"a copy has another program in a container, on the same node, in place of the pod", func(t *testing.T, w *world) {
			name := w.ready(t, plain)
			o, stdout := w.copied(t, "sh", "-c", "echo changed; exit 7")
			o.Name, o.KeepImage, o.SameNode, o.Replace = "app", true, true, true
			res, err := debug.RunCopy(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Equal(t, 7, res.ExitCode)
			require.Equal(t, "changed\n", stdout.String())
			w.awaitGone(t, name)
			stopped, err := debug.Stop(within(t, waitLimit), w.pods, o.To, debug.StopOptions{})
			require.NoError(t, err)
			require.True(t, stopped[0].Removed)
			w.awaitGone(t, o.To)
		}},
		{"a copy with other images has no new container", func(t *testing.T, w *world) {
			name := w.ready(t, plain)
			o, _ := w.copied(t)
			o.Name, o.Image, o.Stdout, o.SetImages = "", "", nil, map[string]string{"app": "kx.local/distroless:1"}
			res, err := debug.RunCopy(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Empty(t, res.Container)
			require.Equal(t, "kx.local/distroless:1", w.get(t, o.To).Spec.Containers[0].Image)
		}},
	}
}
