package debugcmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/debug"
)

func TestDebugStopAndLsRefuseInvalidArguments(t *testing.T) {
	for want, args := range map[string][]string{
		"no pod is given": {"stop"},
		`unexpected argument "b": debug stop takes one pod`:         {"stop", "a", "b", "c"},
		"CONTAINER and --all exclude each other":                    {"stop", "a", "b", "--all"},
		"--grace-period must be at least 1 second":                  {"stop", "a", "--grace-period", "0"},
		"debug stop works on pods, not on job":                      {"stop", "job/a"},
		"a pod's name excludes --all-namespaces and":                {"ls", "a", "-A"},
		"and --selector; see kx debug ls --help":                    {"ls", "a", "-l", "app=web"},
		`unexpected argument "b": debug ls takes one pod`:           {"ls", "a", "b"},
		"unknown shorthand flag: 'c' in -c; see kx debug ls --help": {"ls", "-c", "a"},
		"unknown flag: --image; see kx debug stop --help":           {"stop", "a", "--image", "b"},
	} {
		t.Run(want, func(t *testing.T) {
			require.Contains(t, clitest.Start(t).Kx(append([]string{"debug"}, args...)...).RequireError(t, 2), want)
		})
	}
}

func TestAPodNamedLsIsDebuggedAsPodSlashLs(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ls"}, "spec": {"containers": [{"name": "app", "image": "kx.local/busybox:1", "command": ["sleep", "60"]}]}}`)
	require.NoError(t, err)
	require.Equal(t, "pod/ls: tools\n", c.MustRun("debug", "pod/ls", "-c", "tools", "-q", "--image", "kx.local/busybox:1", "--", "sleep", "60"))
	require.Contains(t, c.MustRun("debug", "ls", "ls"), "tools")
}

func TestTheStateOfADebugContainerIsEscapedForTheTerminal(t *testing.T) {
	require.Equal(t, "Waiting: \uFFFD[31mred...", stateOf(&debug.EphemeralContainer{State: debug.StateWaiting, Reason: "\x1b[31mred\nx"}))
	require.Equal(t, "Exited 3 (\uFFFD[31mred)", stateOf(&debug.EphemeralContainer{State: debug.StateExited, ExitCode: new(int32(3)), Reason: "\x1b[31mred"}))
}
