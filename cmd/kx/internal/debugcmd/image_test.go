package debugcmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

// foreign is an image for debugging that nothing vouches for.
const foreign = "registry.tenant-b.example/x/netshoot:1"

// startWithForeignImage starts a cluster whose pod "app" has an image for debugging of another
// tenant on its node.
func startWithForeignImage(t *testing.T) *clitest.Cluster {
	c := clitest.Start(t, kxtest.WithImage(foreign, "own.example/app:1"))
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app"}, "spec": {
		"containers": [{"name": "app", "image": "own.example/app:1", "command": ["sleep", "600"]}]}}`)
	require.NoError(t, err)
	return c
}

func TestAnUntrustedImageIsRefused(t *testing.T) {
	c := startWithForeignImage(t)
	for _, args := range [][]string{{"-q"}, {}, {"--all"}} {
		r := c.Kx(append([]string{"debug", "app", "--dry-run=server"}, args...)...)
		require.NotZero(t, r.Code)
		require.Contains(t, r.Err, "to use it, give --image ")
		require.Empty(t, r.Out)
	}
	require.Contains(t, c.MustRun("debug", "images", "app"), "unknown")
}

func TestTheUsersPatternsMakeAnImageTrusted(t *testing.T) {
	c := startWithForeignImage(t)
	for name, set := range map[string]func(*testing.T){
		"in the environment": func(t *testing.T) { t.Setenv("KX_DEBUG_IMAGES", "a.example/b,registry.tenant-b.example/x/*") },
		"in the user's file": func(t *testing.T) {
			t.Setenv("KX_CONFIG", clitest.WriteFile(t, "config.yaml", "debug: {images: [registry.tenant-b.example/x/netshoot]}"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			set(t)
			require.Regexp(t, `(?m)^registry\.tenant-b\.example/x/netshoot:1 .* yours `, c.MustRun("debug", "images", "app"))
			r := c.Kx("debug", "app", "--dry-run=server", "-q")
			require.Equal(t, clitest.Result{
				Out: r.Out, Err: "Using image " + foreign + " from node kx-node (network and process tools)\n",
			}, r, "-q does not silence the choice of an image")
		})
	}
	t.Run("an empty variable overrides the user's file", func(t *testing.T) {
		t.Setenv("KX_CONFIG", clitest.WriteFile(t, "config.yaml", "debug: {images: [registry.tenant-b.example/x/netshoot]}"))
		t.Setenv("KX_DEBUG_IMAGES", "")
		require.Regexp(t, `(?m)^registry\.tenant-b\.example/x/netshoot:1 .* unknown `, c.MustRun("debug", "images", "app"))
	})
}
