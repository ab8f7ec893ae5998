package conformance_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
)

// removeImage removes the image $1 from the node and lists the others. It finds containerd as kx
// image load does.
const removeImage = `starter=/proc/$PPID/cmdline last=
for word in $(tr '\0' ' ' <$starter); do
	[ "$last" != -address ] || address=$word
	last=$word
done
ctr -a $address -n k8s.io images rm $1 >/dev/null 2>&1
ctr -a $address -n k8s.io images ls -q`

// imageCommand are the behaviours of kx image.
func imageCommand() []behaviour {
	return []behaviour{
		{"kx image load brings an image of kx image pack to the node, where pods run it", func(t *testing.T, w *world) {
			archive, name := w.packed(t)
			for range 2 { // the second time the node has it
				done := w.kx(t, "", "image", "load", archive, "--node", "kx-node", "--image", image, "--image-pull-policy", "Never")
				require.Equal(t, result{stdout: "image " + name + " loaded on node kx-node\n"}, done)
			}
			o, stdout := onNode("sh", "-c", "echo $PATH; exit 3")
			o.Image = name
			res, err := debug.RunOnNode(within(t, waitLimit), w.pods, "kx-node", o)
			require.NoError(t, err)
			require.Equal(t, 3, res.ExitCode)
			require.Equal(t, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n", stdout.String())
			w.awaitGone(t, res.Pod)
		}},
		{"kx image load of a pod's image without chroot, and to no node, fails and says why", func(t *testing.T, w *world) {
			archive, _ := w.packed(t)
			done := w.kx(t, "", "image", "load", archive, "--node", "kx-node,no-such", "--image", "kx.local/distroless:1", "--image-pull-policy", "Never")
			require.Equal(t, 1, done.code)
			require.Empty(t, done.stdout)
			require.Contains(t, done.stderr, "chroot is not in container debugger's image")
			require.Contains(t, done.stderr, `nodes "no-such" not found`)
		}},
		{"kx image load fails where Pod Security refuses its pod, and says what it needs", func(t *testing.T, w *world) {
			s := w.secured(t, "enforce=baseline")
			archive, _ := w.packed(t)
			done := s.kx(t, "", "image", "load", archive, "--node", "kx-node", "--image", image, "--image-pull-policy", "Never")
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, "a node takes images from a privileged pod: choose a namespace that enforces privileged or none")
		}},
	}
}

// packed returns an archive with an image of a busybox, and the image's name. The test ends with
// the removal of the image from the node.
func (w *world) packed(t *testing.T) (archive, name string) {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("there is no busybox here")
	}
	archive, name = filepath.Join(t.TempDir(), "image.tar"), "kx.local/"+w.name()+":1"
	done := w.kx(t, "", "image", "pack", name, "--busybox", busybox, "-o", archive)
	require.Equal(t, 0, done.code, done.stderr)
	t.Cleanup(func() {
		o, stdout := onNode("chroot", "/host", "/bin/sh", "-c", removeImage, "sh", name)
		o.Profile = debug.Sysadmin
		res, err := debug.RunOnNode(atEnd(t), w.pods, "kx-node", o)
		require.NoError(t, err)
		require.Zero(t, res.ExitCode, stdout.String())
		require.Contains(t, strings.Fields(stdout.String()), image)
		require.NotContains(t, strings.Fields(stdout.String()), name)
	})
	return archive, name
}
