package cli

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugImagesListsWhatAutoChoosesFrom(t *testing.T) {
	c := start(t, kxtest.WithImage("mirror.example/netshoot:1", "debian"), kxtest.WithImageSize("mirror.example/netshoot:1", 205_400_000))
	require.Equal(t, `IMAGE                             SIZE       NOTE
kx.local/busybox:1                2.1 MB     shell and common tools
docker.io/library/debian:latest   1.0 MB     shell and file tools
mirror.example/netshoot:1         205.4 MB   network and process tools
`, c.done("debug", "images", "pod/distroless"))
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
cut: false
`, c.done("debug", "images", "distroless", "-o", "yaml"))
	require.Contains(t, c.done("debug", "images", "distroless", "-o", "json"), `"cut": false`)
}

func TestDebugImagesSaysWhenTheNodeMayHaveOthers(t *testing.T) {
	var options []kxtest.Option
	for i := range 60 {
		name := fmt.Sprintf("a/%d/debian:1", i)
		options = append(options, kxtest.WithImage(name), kxtest.WithImageSize(name, 1<<30))
	}
	r := start(t, options...).kx("debug", "images", "distroless")
	require.Equal(t, 0, r.code)
	require.Len(t, lines(r.out), 51)
	require.Equal(t, "Warning: node \"kx-node\" lists its largest images only: it may have others\n", r.err)
}

func TestDebugImagesFails(t *testing.T) {
	c := start(t)
	require.Contains(t, c.kx("debug", "images").fails(t, 2), "no pod is given; see kx debug images --help")
	require.Contains(t, c.kx("debug", "images", "node/x").fails(t, 2), "debug images works on pods, not on node")
	require.Contains(t, c.kx("debug", "images", "nope").fails(t, 1), `pods "nope" not found`)
	require.Regexp(t, `^error: no image for debugging is known to be on the pod's node: GET \S+/nodes/kx-node: nodes "kx-node" is forbidden: .* \(403\); "kx auth check [^"]+" says what this user may do$`,
		c.as("kx-viewer").kx("debug", "images", "distroless").fails(t, 1))
}

func TestAPodWithTheNameOfASubcommandIsDebuggedByItsKind(t *testing.T) {
	c := start(t)
	_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"images"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"a"}]}}`)
	require.NoError(t, err)
	require.Equal(t, "pod/images: tools (dry run)\n", c.done("debug", "pod/images", "--image", "x", "-c", "tools", "--dry-run=client"))
}

func TestDebugTakesThePodWhereverItStandsAmongTheFlags(t *testing.T) {
	c := start(t)
	for _, args := range [][]string{
		{"debug", "shell", "-c", "tools", "--image", "x", "--dry-run", "client", "--", "images"},
		{"debug", "-c", "tools", "--image=x", "--dry-run=client", "shell", "--", "images"},
		{"debug", "-itc", "tools", "--image", "x", "--dry-run=client", "shell"},
		{"-n", "default", "debug", "--dry-run=client", "-c", "tools", "shell"},
	} {
		require.Equal(t, "pod/shell: tools (dry run)\n", c.kx(args...).out, args)
	}
	require.Contains(t, c.kx("debug", "shell", "images").fails(t, 2), `unexpected argument "images"`)
}
