package cli

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

// web adds pods web-0, web-1 and so on to the cluster, and waits until each of those that a node has is ready.
func (c *cluster) web(nodes ...string) {
	c.t.Helper()
	for i, node := range nodes {
		_, err := c.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-%d","labels":{"app":"web"}},"spec":{"schedulerName":"none","nodeName":%q,"terminationGracePeriodSeconds":0,
			"restartPolicy":"Never","containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}]}}`, i, node))
		require.NoError(c.t, err)
	}
	require.Eventually(c.t, func() bool {
		for i, node := range nodes {
			if node != "" && !strings.Contains(string(c.Pod("default", fmt.Sprintf("web-%d", i))), `"ready":true`) {
				return false
			}
		}
		return true
	}, 10*time.Second, time.Millisecond)
}

// deployment stores one that selects the pods of that label.
func (c *cluster) deployment(name, app string, replicas int) {
	c.t.Helper()
	_, err := c.Create(fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q},"spec":{"replicas":%d,"selector":{"matchLabels":{"app":%q}},
		"template":{"metadata":{"labels":{"app":%[3]q}},"spec":{"containers":[{"name":"app","image":"x"}]}}}}`, name, replicas, app))
	require.NoError(c.t, err)
}

// debugs gives the words of kx debug with a container called tools that sleeps.
func debugs(words ...string) []string {
	return append(append([]string{"debug"}, words...), "-c", "tools", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
}

func TestDebugOfAWorkloadTakesOneOfItsPods(t *testing.T) {
	c := start(t)
	c.web("", "kx-node", "kx-node")
	c.deployment("web", "web", 3)
	r := c.kx(debugs("deploy/web")...)
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "pod/web-1: tools\n", r.out, "the first that is ready")
	require.Contains(t, r.err, "Defaulted pod/web-1 of deploy/web (3 pods)\n")
	require.Equal(t, "pod/web-1: tools\n", c.kx(debugs("deploy/web", "-q")...).out)

	r = c.kx(debugs("-l", "app in (shell,none)")...)
	require.Equal(t, "pod/shell: tools\n", r.out, r.err)
	require.Contains(t, r.err, "Defaulted pod/shell of -l app in (shell,none) (1 pod)\n")
}

func TestDebugOfAWorkloadWithoutAReadyPodSaysSo(t *testing.T) {
	c := start(t)
	c.web("", "")
	r := c.kx("debug", "-l", "app=web", "--image", kxtest.BusyboxImage, "--dry-run=client")
	require.Equal(t, 0, r.code)
	require.Equal(t, "Defaulted pod/web-0 of -l app=web (2 pods): none is ready\n", r.err)
}

func TestDebugStaysWithAPodOfAWorkload(t *testing.T) {
	c := start(t)
	c.web("kx-node")
	c.deployment("web", "web", 1)
	r := c.pipe("exit 7\n", "debug", "deployment/web", "-i", "-q", "--image", kxtest.BusyboxImage, "--", "sh")
	require.Equal(t, result{7, "", ""}, r)
	require.Equal(t, 125, c.pipe("", "debug", "deployment/nope", "-i", "-q", "--image", kxtest.BusyboxImage).code)
}

func TestDebugOfNobody(t *testing.T) {
	c := start(t)
	c.deployment("none", "none", 0)
	for _, test := range []struct {
		words []string
		code  int
		want  string
	}{
		{[]string{"-l", "app=none"}, 1, `error: there are no such pods: none in namespace "default" has labels that match "app=none"`},
		{[]string{"-l", "app=none", "--all"}, 1, `error: there are no such pods: none in namespace "default" has labels that match "app=none"`},
		{[]string{"deploy/none"}, 1, `error: deployments.apps "none" has no pods: it asks for none: scale it up`},
		{[]string{"deploy/none", "--all"}, 1, `error: deployments.apps "none" has no pods: it asks for none: scale it up`},
		{[]string{"deploy/nope"}, 1, `deployments.apps "nope" not found`},
		{[]string{"deploy/nope", "--all"}, 125, `deployments.apps "nope" not found`},
		{[]string{"cm/settings"}, 2, `error: configmaps have no pods: only pods, deployments.apps,`},
		{[]string{"node/kx-node"}, 2, `error: nodes have no pods: only pods, deployments.apps,`},
		{[]string{"widgets/a"}, 1, `the server has no resource type "widgets"`},
	} {
		require.Contains(t, c.kx(debugs(test.words...)...).fails(t, test.code), test.want)
	}
}

func TestAPodThatIsCalledLikeASubcommandIsNamedWithItsKind(t *testing.T) {
	c := start(t)
	for _, name := range []string{"ls", "stop", "images"} {
		_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]}}`)
		require.NoError(t, err)
		require.Equal(t, "pod/"+name+": tools (server dry run)\n", c.done("debug", "pod/"+name, "--image", "x", "-c", "tools", "--dry-run=server"))
	}
}

func TestWorkloadsAreCompletedByTheirNames(t *testing.T) {
	c := start(t)
	c.deployment("web", "web", 1)
	require.Contains(t, c.kx("__complete", "debug", "deploy/").out, "deploy/web\n")
	require.Contains(t, c.kx("__complete", "debug", "pod/").out, "pod/shell\n")
	require.Contains(t, c.kx("__complete", "debug", "--all", "shell", "").out, "distroless\n")
	require.NotContains(t, c.kx("__complete", "debug", "shell", "").out, "distroless\n")
}
