package debug_test

import (
	"context"
	"fmt"
	"log"
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
		fmt.Println(image.Name)
	}
	// Output:
	// mirror.example/nicolaka/netshoot:v0.13
	// kx.local/busybox:1
	// docker.io/library/debian:12
}

// holding gives a server whose node reports just these images, each with its names.
func holding(t *testing.T, images ...[]string) (*kxtest.Server, *resources.API[resources.Pod]) {
	t.Helper()
	server, pods := start(t)
	listed := []any{}
	for i, names := range images {
		listed = append(listed, map[string]any{"names": names, "sizeBytes": (len(images) - i) << 20})
	}
	nodes := resources.New[resources.Node](pods.Client())
	_, err := subresource.Status(nodes).Patch(t.Context(), "kx-node", patch.Merge(map[string]any{"status": map[string]any{"images": listed}}))
	require.NoError(t, err)
	return server, pods
}

func TestTheBestImageComesFirst(t *testing.T) {
	digest := "docker.io/library/busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000"
	for name, row := range map[string]struct {
		has  [][]string
		want []string
	}{
		"by what is in it": {
			[][]string{{"docker.io/library/ubuntu:24.04"}, {"a.example/alpine:3"}, {"docker.io/nicolaka/netshoot:v0.13"}, {"a.example/b/c/busybox:1"}},
			[]string{"docker.io/nicolaka/netshoot:v0.13", "a.example/b/c/busybox:1", "a.example/alpine:3", "docker.io/library/ubuntu:24.04"},
		},
		"by its tag": {
			[][]string{{digest}, {"docker.io/library/busybox:latest"}, {"docker.io/library/busybox:1.36"}, {"docker.io/library/busybox:1.35"}},
			[]string{"docker.io/library/busybox:1.36", "docker.io/library/busybox:1.35", "docker.io/library/busybox:latest", digest},
		},
		"once, whatever it is called": {
			[][]string{{digest, "docker.io/library/busybox:latest", "docker.io/library/busybox:1.36"}},
			[]string{"docker.io/library/busybox:1.36"},
		},
		"and the node's own never": {
			[][]string{{"registry.k8s.io/pause:3.10"}, {"registry.k8s.io/etcd:3.6.4-0"}, {"registry.k8s.io/kube-proxy:v1.35.4"}, {"registry.k8s.io/coredns/coredns:v1.12.1"},
				{"gcr.io/distroless/static:latest"}, {"a.example/my-busybox:1"}, {"a.example/busybox/app:1"}, {"<none>@<none>"}, nil, {"docker.io/library/alpine"}},
			[]string{"docker.io/library/alpine"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, pods := holding(t, row.has...)
			found, err := debug.Images(t.Context(), pods, "distroless")
			require.NoError(t, err)
			var names []string
			for _, image := range found.Images {
				names = append(names, image.Name)
				require.NotZero(t, image.Size)
				require.NotEmpty(t, image.Note)
			}
			require.Equal(t, row.want, names)
			require.False(t, found.Cut)
			o := options()
			o.Image, o.ImagePullPolicy = debug.AutoImage, ""
			res, err := debug.Preview(t.Context(), pods, "distroless", o)
			require.NoError(t, err)
			require.Equal(t, row.want[0], res.Object.Spec.EphemeralContainers[0].Image)
			require.Contains(t, string(res.Plan.Container), `"imagePullPolicy":"IfNotPresent"`)
		})
	}
}

func TestWhereThereIsNoImageForDebuggingItSaysWhatItLookedFor(t *testing.T) {
	server, pods := holding(t, []string{"registry.k8s.io/pause:3.10"})
	_, err := debug.Images(t.Context(), pods, "distroless")
	require.ErrorIs(t, err, debug.ErrNoImage)
	require.Regexp(t, `^there is no image for debugging that the pod's node is known to have: node "kx-node" lists none of netshoot .* busybox .* curl$`, err.Error())
	o := options("sh")
	o.Image = debug.AutoImage
	_, ran := debug.Run(t.Context(), pods, "distroless", o)
	require.EqualError(t, ran, err.Error())
	require.Empty(t, containers(t, server))
}

func TestAListThatIsFullMayLackAnImage(t *testing.T) {
	var many [][]string
	for i := range 50 {
		many = append(many, []string{fmt.Sprintf("a.example/app-%d:1", i)})
	}
	_, pods := holding(t, many...)
	_, err := debug.Images(t.Context(), pods, "distroless")
	require.Regexp(t, `: node "kx-node" lists none of netshoot .* curl, but it lists its largest ones only$`, err.Error())
	many[49] = []string{"docker.io/library/debian:12"}
	_, pods = holding(t, many...)
	found, err := debug.Images(t.Context(), pods, "distroless")
	require.NoError(t, err)
	require.True(t, found.Cut)
}

func TestAPolicyThatIsGivenStaysWithAuto(t *testing.T) {
	_, pods := start(t)
	o := options("sh")
	o.Image = debug.AutoImage
	res, err := debug.Preview(t.Context(), pods, "distroless", o)
	require.NoError(t, err)
	require.Contains(t, string(res.Plan.Container), `"imagePullPolicy":"Never"`)
}

func TestAutoNeedsANodeToLookAt(t *testing.T) {
	server, pods := start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"waits"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"a"}]}}`)
	require.NoError(t, err)
	_, err = debug.Images(t.Context(), pods, "waits")
	require.ErrorIs(t, err, debug.ErrNoImage)
	require.ErrorContains(t, err, ": the pod is not on a node yet")
	_, err = debug.Images(t.Context(), pods, "nope")
	require.ErrorIs(t, err, transport.ErrNotFound)
}
