package cli_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestDeleteCountsTheObjectsThatAreGoneAtATerminal(t *testing.T) {
	c := clitest.Start(t)
	for _, name := range []string{"a", "b"} {
		_, err := c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": {"name": %q, "labels": {"held": "yes"}, "finalizers": ["example.com/held"]}}`, name))
		require.NoError(t, err)
	}
	release := func(name string) {
		c.MustRun("patch", "configmap", name, "--type", "merge", "-p", `{"metadata": {"finalizers": null}}`)
	}
	w := clitest.NewTerminal(t)
	w.Start(c, "delete", "configmaps", "-l", "held=yes")
	w.WaitFor("0 of 2 gone")
	release("a")
	w.WaitFor("1 of 2 gone")
	release("b")
	require.NoError(t, w.Cmd.Wait())
	require.Empty(t, c.MustRun("get", "configmaps", "-l", "held=yes", "-o", "name"))
}
