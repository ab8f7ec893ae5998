package kxtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

// listed returns the names and sizes in the node's status.images.
func listed(t *testing.T, srv *kxtest.Server) (names [][]any, sizes []any) {
	for _, image := range wiretest.NewClient(t, srv.Config()).Get("/api/v1/nodes/kx-node").Is(200).At("status",
		"images").([]any) {
		names, sizes = append(names, wiretest.Follow(image, "names").([]any)),
			append(sizes, wiretest.Follow(image, "sizeBytes"))
	}
	return names, sizes
}

func TestTheNodeListsItsImagesBySize(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithImage("debian:12", "a/tools", "*/pattern"),
		kxtest.WithImageSize("docker.io/library/debian:12", 120<<20), kxtest.WithImageSize("a/tools", 0))
	names, sizes := listed(t, srv)
	require.Equal(t, [][]any{{"docker.io/library/debian:12"}, {"kx.local/busybox:1"}, {"kx.local/pause:1"},
		{"kx.local/distroless:1"}, {"docker.io/a/tools:latest"}}, names)
	require.EqualValues(t, 120<<20, sizes[0])
}

func TestTheNodeListsFiftyImages(t *testing.T) {
	var options []kxtest.Option
	for i := range 60 {
		name := fmt.Sprintf("a/%d", i)
		options = append(options, kxtest.WithImage(name), kxtest.WithImageSize(name, int64(i+1)<<20))
	}
	names, _ := listed(t, kxtest.Start(t, options...))
	require.Len(t, names, 50)
	require.Equal(t, []any{"docker.io/a/59:latest"}, names[0])
	require.Equal(t, []any{"docker.io/a/10:latest"}, names[49])
}

func TestAPulledImageHasADigestToo(t *testing.T) {
	srv := wiretest.StartWeb(t, kxtest.WithRegistryImage("tools:1", 0))
	wiretest.Debug(t, srv, "first", `"image":"tools:1","command":["sleep","60"]`)
	names, _ := listed(t, srv)
	require.Len(t, names, 4)
	var pulled []any
	for _, each := range names {
		if len(each) == 2 {
			pulled = each
		}
	}
	require.Regexp(t, `^docker.io/library/tools@sha256:[0-9a-f]{64}$`, pulled[0])
	require.Equal(t, "docker.io/library/tools:1", pulled[1])
	for i, name := range []string{"docker.io/tools:1", pulled[0].(string)} {
		state, _ := wiretest.Debug(t, srv, fmt.Sprintf("again-%d", i), `"image":"`+name+
			`","imagePullPolicy":"Never","command":["sleep","60"]`)
		require.NotNil(t, wiretest.Follow(state, "running"), name)
	}
}

func TestANegativeImageSizeIsAnError(t *testing.T) {
	_, err := kxtest.New(kxtest.WithImageSize("a", -1))
	require.EqualError(t, err, `image "a": size -1 is negative`)
}
