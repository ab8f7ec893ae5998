package debugcmd

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugImagesListsTheCandidatesOfAuto(t *testing.T) {
	c := clitest.Start(t, kxtest.WithImage("mirror.example/netshoot:1", "debian"), kxtest.WithImageSize("mirror.example/netshoot:1", 205_400_000))
	require.Equal(t, `IMAGE                             SIZE       RULE          NOTE
kx.local/busybox:1                2.1 MB     same folder   shell and common tools
docker.io/library/debian:latest   1.0 MB     well known    shell and file tools
mirror.example/netshoot:1         205.4 MB   unknown       network and process tools
`, c.MustRun("debug", "images", "pod/distroless"))
	require.Equal(t, `node: kx-node
images:
- name: kx.local/busybox:1
  size: 2130545
  note: shell and common tools
  trust: same folder
- name: docker.io/library/debian:latest
  size: 1048576
  note: shell and file tools
  trust: well known
- name: mirror.example/netshoot:1
  size: 205400000
  note: network and process tools
  trust: unknown
incomplete: false
`, c.MustRun("debug", "images", "distroless", "-o", "yaml"))
	require.Contains(t, c.MustRun("debug", "images", "distroless", "-o", "json"), `"incomplete": false`)
}

func TestDebugImagesWarnsIfTheNodeMayHaveOtherImages(t *testing.T) {
	var options []kxtest.Option
	for i := range 60 {
		name := fmt.Sprintf("a/%d/debian:1", i)
		options = append(options, kxtest.WithImage(name), kxtest.WithImageSize(name, 1<<30))
	}
	r := clitest.Start(t, options...).Kx("debug", "images", "distroless")
	require.Equal(t, 0, r.Code)
	require.Len(t, clitest.Lines(r.Out), 51)
	require.Equal(t, "Warning: node kx-node lists only its largest images: it may have others\n", r.Err)
}

func TestDebugImagesFails(t *testing.T) {
	c := clitest.Start(t)
	require.Contains(t, c.Kx("debug", "images").RequireError(t, 2), "no pod is given; see kx debug images --help")
	require.Contains(t, c.Kx("debug", "images", "node/x").RequireError(t, 2), "debug images works on pods, not on node")
	require.Contains(t, c.Kx("debug", "images", "nope").RequireError(t, 1), `pods "nope" not found`)
	require.Regexp(t, `^error: no image for debugging is known to be on the pod's node: GET \S+/nodes/kx-node: nodes "kx-node" is forbidden: .* \(403\); "kx auth check [^"]+" says what this user may do$`,
		c.As("kx-viewer").Kx("debug", "images", "distroless").RequireError(t, 1))
}

func TestAPodNamedImagesIsDebuggedAsPodSlashImages(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"images"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"a"}]}}`)
	require.NoError(t, err)
	require.Equal(t, "pod/images: tools (dry run)\n", c.MustRun("debug", "pod/images", "--image", "x", "-c", "tools", "--dry-run=client"))
}

func TestDebugAcceptsThePodBetweenFlags(t *testing.T) {
	c := clitest.Start(t)
	for _, args := range [][]string{
		{"debug", "shell", "-c", "tools", "--image", "x", "--dry-run", "client", "--", "images"},
		{"debug", "-c", "tools", "--image=x", "--dry-run=client", "shell", "--", "images"},
		{"debug", "-itc", "tools", "--image", "x", "--dry-run=client", "shell"},
		{"-n", "default", "debug", "--dry-run=client", "-c", "tools", "shell"},
	} {
		require.Equal(t, "pod/shell: tools (dry run)\n", c.Kx(args...).Out, args)
	}
	require.Contains(t, c.Kx("debug", "shell", "images").RequireError(t, 2), `unexpected argument "images"`)
}
