package debugcmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugOfAWorkloadUsesOneOfItsPods(t *testing.T) {
	c := clitest.Start(t)
	c.Web("", "kx-node", "kx-node")
	c.Deployment("web", "web", 3)
	r := c.Kx(clitest.DebugArgs("deploy/web")...)
	require.Equal(t, 0, r.Code, r.Err)
	require.Equal(t, "pod/web-1: tools\n", r.Out, "the first that is ready")
	require.Contains(t, r.Err, "Using pod/web-1 of deploy/web (3 pods)\n")
	require.Equal(t, "pod/web-1: tools\n", c.Kx(clitest.DebugArgs("deploy/web", "-q")...).Out)

	r = c.Kx(clitest.DebugArgs("-l", "app in (shell,none)")...)
	require.Equal(t, "pod/shell: tools\n", r.Out, r.Err)
	require.Contains(t, r.Err, "Using pod/shell of -l app in (shell,none) (1 pod)\n")
}

func TestDebugReportsThatNoPodOfAWorkloadIsReady(t *testing.T) {
	c := clitest.Start(t)
	c.Web("", "")
	r := c.Kx("debug", "-l", "app=web", "--image", kxtest.BusyboxImage, "--dry-run=client")
	require.Equal(t, 0, r.Code)
	require.Equal(t, "Using pod/web-0 of -l app=web (2 pods, none ready)\n", r.Err)
}

func TestDebugAttachesToAPodOfAWorkload(t *testing.T) {
	c := clitest.Start(t)
	c.Web("kx-node")
	c.Deployment("web", "web", 1)
	r := c.Pipe("exit 7\n", "debug", "deployment/web", "-i", "-q", "--image", kxtest.BusyboxImage, "--", "sh")
	require.Equal(t, clitest.Result{Code: 7, Out: "", Err: ""}, r)
	require.Equal(t, 125, c.Pipe("", "debug", "deployment/nope", "-i", "-q", "--image", kxtest.BusyboxImage).Code)
}

func TestDebugFailsWithoutAMatchingPod(t *testing.T) {
	c := clitest.Start(t)
	c.Deployment("none", "none", 0)
	for _, test := range []struct {
		words []string
		code  int
		want  string
	}{
		{[]string{"-l", "app=none"}, 1, `error: no pods to debug: none in namespace "default" has labels that match "app=none"`},
		{[]string{"-l", "app=none", "--all"}, 1, `error: no pods to debug: none in namespace "default" has labels that match "app=none"`},
		{[]string{"deploy/none"}, 1, `error: deployments.apps/none has no pods: it wants none: scale it up`},
		{[]string{"deploy/none", "--all"}, 1, `error: deployments.apps/none has no pods: it wants none: scale it up`},
		{[]string{"deploy/nope"}, 1, `deployments.apps "nope" not found`},
		{[]string{"deploy/nope", "--all"}, 125, `deployments.apps "nope" not found`},
		{[]string{"cm/settings"}, 2, `error: configmaps have no pods: only pods, deployments.apps,`},
		{[]string{"widgets/a"}, 1, `the server has no resource type "widgets"`},
	} {
		require.Contains(t, c.Kx(clitest.DebugArgs(test.words...)...).RequireError(t, test.code), test.want)
	}
}

func TestAPodNamedLikeASubcommandIsDebuggedAsPodSlashName(t *testing.T) {
	c := clitest.Start(t)
	for _, name := range []string{"ls", "stop", "images"} {
		_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]}}`)
		require.NoError(t, err)
		require.Equal(t, "pod/"+name+": tools (server dry run)\n", c.MustRun("debug", "pod/"+name, "--image", "x", "-c", "tools", "--dry-run=server"))
	}
}

func TestCompletionOffersTheNamesOfWorkloads(t *testing.T) {
	c := clitest.Start(t)
	c.Deployment("web", "web", 1)
	require.Contains(t, c.Kx("__complete", "debug", "deploy/").Out, "deploy/web\n")
	require.Contains(t, c.Kx("__complete", "debug", "pod/").Out, "pod/shell\n")
	require.Contains(t, c.Kx("__complete", "debug", "--all", "shell", "").Out, "distroless\n")
	require.NotContains(t, c.Kx("__complete", "debug", "shell", "").Out, "distroless\n")
}
