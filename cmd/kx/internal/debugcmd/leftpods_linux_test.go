package debugcmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

// leave runs kx debug with args, which leaves a pod.
func leave(t *testing.T, c *clitest.Cluster, args ...string) {
	t.Helper()
	r := c.Kx(append(args, "--", "sleep", "600")...)
	require.Equal(t, 0, r.Code, r.Err)
}

func debugWithImage(args ...string) []string {
	return append([]string{"debug", "--image", kxtest.BusyboxImage, "--image-pull-policy", "Never"}, args...)
}

func TestTheNextRunSaysHowToRemoveThePodsThatEarlierRunsLeft(t *testing.T) {
	c := clitest.Start(t)
	onNode, copied := debugWithImage("node/kx-node"), debugWithImage("shell", "--copy-to", "copy", "-c", "tools")
	leave(t, c, onNode...)
	r := c.Kx(append(onNode, "--", "sleep", "600")...)
	require.Equal(t, 0, r.Code, r.Err)
	require.Regexp(t, `(?m)^Earlier runs have left 1 pod: node-debugger-kx-node-\w{5}: remove with "kx debug stop node/kx-node `, r.Err)
	c.MustRun("debug", "stop", "node/kx-node")

	leave(t, c, copied...)
	r = c.Kx(append(copied, "--", "sleep", "600")...)
	require.Equal(t, 1, r.Code)
	require.Contains(t, r.Err, `Earlier runs have left 1 pod: copy: remove with "kx debug stop pod/copy `)
	require.Contains(t, r.Err, "choose another name for the copy")
	c.MustRun("debug", "stop", "pod/copy", "--grace-period", "1")

	r = c.Kx(debugWithImage("distroless", "--copy-to", "shell", "-c", "tools")...)
	require.NotContains(t, r.Err, "Earlier runs", "kx has not created the pod shell")
}

func TestTheNextRunAsksWhetherToRemoveThePodsThatEarlierRunsLeft(t *testing.T) {
	for answer, want := range map[string]struct {
		code int
		says string
	}{
		"y\r": {0, "pod/copy"},
		"\r":  {1, "choose another name for the copy"},
	} {
		t.Run(answer, func(t *testing.T) {
			c := clitest.Start(t)
			args := debugWithImage("shell", "--copy-to", "copy", "-c", "tools", "--", "sleep", "600")
			require.Equal(t, 0, c.Kx(args...).Code)
			w := clitest.NewTerminal(t)
			w.Start(c, args...)
			w.WaitFor("Earlier runs have left 1 pod: copy.")
			w.WaitFor("Remove? [y/N] ")
			w.TypeKeys(answer)
			w.WaitForExit(want.code)
			w.WaitFor(want.says)
		})
	}
}
