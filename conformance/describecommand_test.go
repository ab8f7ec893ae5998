package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// describeCommand are the behaviours of kx describe pod.
func describeCommand() []behaviour {
	return []behaviour{
		{"kx describe of a healthy pod prints its containers, and that nothing is wrong", func(t *testing.T, w *world) {
			name := w.running(t)
			text := w.described(t, name, "Nothing is wrong that kx can see")
			require.Regexp(t, `^Pod         `+w.config.Namespace+"/"+name+`\nStatus      Running, created \d+s ago\nNode        \S+ \(\S+\), ready\nIP  `, text)
			require.Regexp(t, `\nContainer app\n  Image     kx\.local/busybox:1 \(sha256:[0-9a-f]{12}\)\n  State     running, started \d+s ago\n  Ready     yes, restarts: 0\n`, text)
			require.NotContains(t, text, "Conditions not met")
			require.Regexp(t, `\nEvents\n(.*\n)*  .*  Normal +Started +app +`, text)
			require.Contains(t, text, "    kx logs "+name+" --all-containers")
			require.NotContains(t, w.kx(t, "", "describe", "pod/"+name, "--show-events=false").stdout, "\nEvents\n")
		}},
		{"kx describe of a pod in CrashLoopBackOff names the exit code and the log of the last run", func(t *testing.T, w *world) {
			name := w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"automountServiceAccountToken":false,"containers":[
				{"name":"app","image":%q,"imagePullPolicy":"Never","command":["sh","-c","exit 127"]}]}}`, w.name(), image)).Metadata.Name
			w.awaitWaiting(t, name, "CrashLoopBackOff")
			text := w.described(t, name, "Container app ended with code 127: a shell did not find a command.")
			require.Regexp(t, `\n  Last exit Error, code 127, \d+s ago after a run of \d+s\n`, text)
			require.Regexp(t, `\nConditions not met\n(.*\n)?  Ready +False `, text)
			require.Regexp(t, `\n    kx logs `+name+` -c app( -p)?\n    kx debug `+name+` --copy-to `+name+`-debug -c app -it -- sh\n$`, text)
		}},
		{"kx describe of a pod in ImagePullBackOff says how to change the image", func(t *testing.T, w *world) {
			name := w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"automountServiceAccountToken":false,"containers":[
				{"name":"app","image":"kx.local/no-such:1","imagePullPolicy":"Always"}]}}`, w.name())).Metadata.Name
			w.awaitWaiting(t, name, "ImagePullBackOff")
			text := w.described(t, name, "kx.local/no-such:1")
			require.Regexp(t, `\n  State     waiting: (ImagePullBackOff|ErrImagePull): `, text)
			require.Regexp(t, `\n  Node \S+ cannot .* kx\.local/no-such:1`, text)
			require.Contains(t, text, `    kx patch pod `+name+` -p '{"spec":{"containers":[{"name":"app","image":"IMAGE"}]}}'`)
		}},
		{"kx describe of a pod that fits no node says which labels it wants", func(t *testing.T, w *world) {
			name := w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"automountServiceAccountToken":false,"nodeSelector":{"disk":"ssd"},
				"containers":[{"name":"app","image":%q}]}}`, w.name(), image)).Metadata.Name
			eventually(t, "the scheduler has found no node", func() bool {
				conditions := w.get(t, name).Status.Conditions
				return len(conditions) > 0 && conditions[0].Reason == "Unschedulable"
			})
			text := w.described(t, name, "No node has the labels that the pod wants: disk=ssd.")
			require.Contains(t, text, "\nNode        none yet\n")
			require.Regexp(t, `\nConditions not met\n  PodScheduled +False +\d+s ago +Unschedulable: 0/\d+ nodes are available: `, text)
			require.Contains(t, text, "\n    kx get nodes --show-labels\n")
		}},
		{"kx describe prints how to get into a debug container, and how to end it", func(t *testing.T, w *world) {
			name := w.running(t)
			require.Equal(t, 0, w.kx(t, "", "debug", name, "-q", "--image", image, "--image-pull-policy", "Never", "--target", "app", "-c", "tools", "--", "sleep", "3600").code)
			text := w.described(t, name, "Debug container tools")
			require.Regexp(t, `\nDebug container tools\n  Image     kx\.local/busybox:1.*\n  Target    app\n  Profile   general: SYS_PTRACE\n  State     running, .*\n`+
				`  Get in    kx exec `+name+` -c tools -it -- sh\n  Stop      kx debug stop `+name+` tools\n`, text)
			require.Contains(t, text, "Nothing is wrong that kx can see", "the debug container does not count")
		}},
	}
}

// described waits until kx describe prints text about a pod, and returns the page without the flags
// that choose the cluster.
func (w *world) described(t *testing.T, name, text string) (page string) {
	t.Helper()
	eventually(t, "kx describe prints: "+text, func() bool {
		done := w.kx(t, "", "describe", "pod", name)
		require.Equal(t, 0, done.code, done.stderr)
		require.Empty(t, done.stderr)
		page = strings.ReplaceAll(done.stdout, " -n "+w.config.Namespace+" --kubeconfig "+w.kubeconfig, "")
		page = strings.ReplaceAll(page, " --kubeconfig "+w.kubeconfig, "")
		return strings.Contains(page, text)
	})
	return page
}

// awaitWaiting waits until the only container of a pod waits for a reason.
func (w *world) awaitWaiting(t *testing.T, name, reason string) {
	t.Helper()
	w.awaitPod(t, name, func(pod *resources.PodOutline) bool {
		waiting := pod.Status.Container("app").State.Waiting
		return waiting != nil && waiting.Reason == reason
	})
}
