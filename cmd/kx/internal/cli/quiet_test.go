package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestQuietLeavesOutReportsOfSuccess(t *testing.T) {
	c := clitest.Start(t)
	file := clitest.WriteFile(t, "map.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: quiet}}")
	for _, args := range [][]string{
		{"create", "-f", file}, {"replace", "-f", file}, {"patch", "configmap", "quiet", "-p", "{}"},
		{"wait", "configmap/quiet", "--for", "create"}, {"delete", "configmap", "quiet"},
		{"config", "use-context", "kx-admin"}, {"auth", "can-i", "get", "pods"},
		{"debug", "stop", "shell", "--all"},
	} {
		r := c.Kx(append(args, "-q")...)
		require.Zero(t, r.Code, r.Err)
		require.Empty(t, r.Out, args)
		require.Empty(t, r.Err, args)
	}
	require.Empty(t, c.Kx("logs", "shell", "-q").Err)
	require.Contains(t, c.Kx("logs", "shell").Err, "Defaulted container")
	require.Equal(t, "configmap/quiet\n", c.MustRun("create", "-q", "-f", file, "-o", "name"))
	c.Kx("delete", "configmap", "none", "-q").RequireError(t, 1)
}
