package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestLogsOffersPodsAndContainers(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, []string{"pod/distroless", "pod/shell"}, clitest.Complete(c, "logs", "pod/"))
	require.Equal(t, []string{"main", "echo"}, clitest.Complete(c, "logs", "shell", "-c", ""))
}

func TestLogsNamesTheDefaultContainer(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("logs", "shell", "--tail", "0")
	require.Equal(t, clitest.Result{Err: "Defaulted container \"main\" out of: main, echo\n"}, r)
	require.Contains(t, c.Kx("logs", "shell", "-c", "nope").RequireError(t, 1), "container nope is not valid for pod shell")
}
