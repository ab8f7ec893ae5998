package debug_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func ExampleImages() {
	server := newServer(kxtest.WithImage("mirror.example/nicolaka/netshoot:v0.13", "debian:12"))
	defer server.Close()
	pods := podsOf(server)

	found, err := debug.Images(context.Background(), pods, "distroless")
	if err != nil {
		log.Fatal(err)
	}
	for _, image := range found.Images {
		fmt.Printf("%s (%s)\n", image.Name, image.Trust)
	}
	// Output:
	// kx.local/busybox:1 (same folder)
	// docker.io/library/debian:12 (well known)
	// mirror.example/nicolaka/netshoot:v0.13 (unknown)
}

// startWithImages starts a server whose node lists these images only, each with its names.
func startWithImages(t *testing.T, images ...[]string) (*kxtest.Server, *resources.API[resources.Pod]) {
	t.Helper()
	server, pods := start(t)
	listed := []any{}
	for i, names := range images {
		listed = append(listed, map[string]any{"names": names, "sizeBytes": (len(images) - i) << 20})
	}
	nodes := resources.New[resources.Node](pods.Client())
	status := map[string]any{"status": map[string]any{"images": listed}}
	_, err := subresource.Status(nodes).Patch(within(t), "kx-node", patch.Merge(status))
	require.NoError(t, err)
	return server, pods
}

// fullList returns as many images as a node's status lists.
func fullList() (images [][]string) {
	for i := range 50 {
		images = append(images, []string{fmt.Sprintf("a.example/app-%d:1", i)})
	}
	return images
}

func autoImage() debug.Options {
	return debug.Options{Image: debug.AutoImage, Command: []string{"sleep", "60"}}
}

func TestImagesAreSortedByTheirUseForDebugging(t *testing.T) {
	digest := "docker.io/library/busybox@sha256:" + strings.Repeat("0", 64)
	for name, row := range map[string]struct {
		listed [][]string
		want   []string
	}{
		"by tools": {
			[][]string{
				{"docker.io/library/ubuntu:24.04"}, {"mirror.gcr.io/library/alpine:3"},
				{"docker.io/nicolaka/netshoot:v0.13"}, {"kx.local/busybox:1"},
			},
			[]string{
				"docker.io/nicolaka/netshoot:v0.13", "kx.local/busybox:1",
				"mirror.gcr.io/library/alpine:3", "docker.io/library/ubuntu:24.04",
			},
		},
		"by tags": {
			[][]string{
				{digest}, {"docker.io/library/busybox:latest"},
				{"docker.io/library/busybox:1.36"}, {"docker.io/library/busybox:1.35"},
			},
			[]string{
				"docker.io/library/busybox:1.36", "docker.io/library/busybox:1.35",
				"docker.io/library/busybox:latest", digest,
			},
		},
		"by trust first": {
			[][]string{{"a.example/x/netshoot:1"}, {"docker.io/library/bash:5"}},
			[]string{"docker.io/library/bash:5", "a.example/x/netshoot:1"},
		},
		"each image once, under its best name": {
			[][]string{{digest, "a.example/busybox:1", "docker.io/library/busybox:latest",
				"docker.io/library/busybox:1.36"}},
			[]string{"docker.io/library/busybox:1.36"},
		},
		"without the node's own images": {
			[][]string{
				{"registry.k8s.io/pause:3.10"}, {"registry.k8s.io/etcd:3.6.4-0"},
				{"registry.k8s.io/kube-proxy:v1.35.4"},
				{"registry.k8s.io/coredns/coredns:v1.12.1"}, {"gcr.io/distroless/static:latest"},
				{"a.example/my-busybox:1"},
				{"a.example/busybox/app:1"}, {"<none>@<none>"}, nil, {"docker.io/library/alpine"},
			},
			[]string{"docker.io/library/alpine"},
		},
		"without invalid names": {
			[][]string{{"docker.io/library/busybox:$(id)"}, {"-v/busybox"}, {"docker.io/library/busybox:1\n"},
				{"docker.io/library/alpine:3"}},
			[]string{"docker.io/library/alpine:3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := startWithImages(t, row.listed...)
			found, err := debug.Images(within(t), pods, "distroless")
			require.NoError(t, err)
			var names []string
			for _, image := range found.Images {
				names = append(names, image.Name)
				require.NotZero(t, image.Size)
				require.NotEmpty(t, image.Note)
			}
			require.Equal(t, row.want, names)
			require.False(t, found.Incomplete)
			res, err := debug.Preview(within(t), pods, "distroless", autoImage())
			require.NoError(t, err)
			require.Equal(t, row.want[0], res.Object.Spec.EphemeralContainers[0].Image)
			require.Contains(t, string(res.Plan.Container), `"imagePullPolicy":"IfNotPresent"`)
		})
	}
}

func TestAutoImageSkipsUntrustedImages(t *testing.T) {
	const hostile = "registry.tenant-b.example/x/netshoot:1"
	server, pods := startWithImages(t, []string{hostile})
	for name, run := range map[string]func(debug.Options) error{
		"Run": func(o debug.Options) error {
			_, err := debug.Run(within(t), pods, "distroless", o)
			return err
		},
		"Preview": func(o debug.Options) error {
			_, err := debug.Preview(within(t), pods, "distroless", o)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			const why = "node kx-node has image registry.tenant-b.example/x/netshoot:1, but no rule vouches for it: " +
				"anyone who can run a pod there can bring an image of that name"
			err := run(autoImage())
			var untrusted *debug.UntrustedImageError
			require.ErrorAs(t, err, &untrusted)
			require.Equal(t, debug.UntrustedImageError{Node: "kx-node", Image: hostile}, *untrusted)
			require.EqualError(t, err, why+"; to use it, give --image "+hostile)

			o := autoImage()
			asked := 0
			o.ConfirmImage = func(image, reason string) bool {
				asked++
				require.Equal(t, hostile, image)
				require.Equal(t, why, reason)
				return false
			}
			require.ErrorAs(t, run(o), &untrusted)
			require.Equal(t, 1, asked)
		})
	}
	require.Empty(t, containers(t, server))
}

func TestAutoImageUsesAnImageThatTheCallerTrusts(t *testing.T) {
	const image = "registry.tenant-b.example/x/netshoot:1"
	_, pods := startWithImages(t, []string{image}, []string{"docker.io/library/pause:1"})
	for name, change := range map[string]func(*debug.Options){
		"TrustedImages lists the image":  func(o *debug.Options) { o.TrustedImages = []string{"registry.tenant-b.example/x/*"} },
		"ConfirmImage accepts the image": func(o *debug.Options) { o.ConfirmImage = func(string, string) bool { return true } },
	} {
		t.Run(name, func(t *testing.T) {
			o := autoImage()
			change(&o)
			res, err := debug.Preview(within(t), pods, "distroless", o)
			require.NoError(t, err)
			require.Equal(t, image, res.Object.Spec.EphemeralContainers[0].Image)
		})
	}
}

func TestATrustedImageIsUsedWithoutAQuestion(t *testing.T) {
	_, pods := startWithImages(t, []string{"registry.tenant-b.example/x/netshoot:1"},
		[]string{"docker.io/library/busybox:1"})
	o := autoImage()
	o.ConfirmImage = func(image, _ string) bool {
		require.Fail(t, "asked about "+image)
		return true
	}
	res, err := debug.Preview(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, "docker.io/library/busybox:1", res.Object.Spec.EphemeralContainers[0].Image)
}

func TestTheImageIsReportedThroughItsOwnCallback(t *testing.T) {
	const notice = "Using image kx.local/busybox:1 from node kx-node (shell and common tools)"
	_, pods := start(t)
	o := autoImage()
	_, notices := preview(t, pods, "distroless", o)
	require.Equal(t, []string{notice}, notices, "Notice gets it when ImageNotice is not set")

	var image string
	o.ImageNotice = func(text string) { image = text }
	_, notices = preview(t, pods, "distroless", o)
	require.Empty(t, notices)
	require.Equal(t, notice, image)
}

func TestImagesFailsWhenTheNodeHasNoneForDebugging(t *testing.T) {
	server, pods := startWithImages(t, []string{"registry.k8s.io/pause:3.10"})
	_, err := debug.Images(within(t), pods, "distroless")
	require.ErrorIs(t, err, debug.ErrNoImage)
	require.Regexp(t, `^no image for debugging is known to be on the pod's node: `+
		`node kx-node lists none of netshoot .* busybox .* curl$`, err.Error())
	_, runErr := debug.Run(within(t), pods, "distroless", autoImage())
	require.EqualError(t, runErr, err.Error())
	require.Empty(t, containers(t, server))
}

func TestAFullListMayOmitAnImage(t *testing.T) {
	images := fullList()
	_, pods := startWithImages(t, images...)
	_, err := debug.Images(within(t), pods, "distroless")
	require.Regexp(t, `: node kx-node lists none of netshoot .* curl, but lists its largest images only$`, err.Error())
	images[49] = []string{"docker.io/library/debian:12"}
	_, pods = startWithImages(t, images...)
	found, err := debug.Images(within(t), pods, "distroless")
	require.NoError(t, err)
	require.True(t, found.Incomplete)
}

func TestAutoImageKeepsAGivenPullPolicy(t *testing.T) {
	_, pods := start(t)
	o := autoImage()
	o.ImagePullPolicy = "Never"
	res, err := debug.Preview(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Contains(t, string(res.Plan.Container), `"imagePullPolicy":"Never"`)
}

func TestImagesNeedsAPodOnANode(t *testing.T) {
	server, pods := start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"waits"},
		"spec":{"schedulerName":"none","containers":[{"name":"app","image":"a"}]}}`)
	require.NoError(t, err)
	_, err = debug.Images(within(t), pods, "waits")
	require.ErrorIs(t, err, debug.ErrNoImage)
	require.ErrorContains(t, err, ": the pod is not scheduled to a node yet")
	_, err = debug.Images(within(t), pods, "nope")
	require.ErrorIs(t, err, transport.ErrNotFound)
}
