package debugcmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugOfAFileUsesThePodsThatItNames(t *testing.T) {
	c := clitest.Start(t)
	c.Web("kx-node", "kx-node")
	c.Deployment("web", "web", 2)
	shell := c.Write("shell.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: shell}\nspec: {containers: []}\n")
	both := c.Write("both.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\napiVersion: apps/v1\nkind: Deployment\n"+
		"metadata: {name: web}\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n---\n"+
		"apiVersion: example.com/v1\nkind: Deployment\nmetadata: {name: other}\n")
	node := c.Write("node.json", `{"apiVersion":"v1","kind":"Node","metadata":{"name":"kx-node"}}`)
	require.Equal(t, "pod/shell: tools\n", c.MustRun(clitest.DebugArgs("-f", shell, "-q")...))
	r := c.Kx(clitest.DebugArgs("-f", both)...)
	require.Equal(t, 0, r.Code, r.Err)
	require.Equal(t, "pod/web-0: tools\n", r.Out)
	require.Contains(t, r.Err, "Using pod/web-0 of deployments.apps/web (2 pods)\n")
	require.Equal(t, "pod/shell: tools\npod/web-0: tools\npod/web-1: tools\n", c.Kx(clitest.DebugArgs("-f", shell, "-f", both, "--all", "-q")...).Out)
	require.Contains(t, c.MustRun("debug", "-f", node, "--image", kxtest.BusyboxImage, "--dry-run=client", "-o", "yaml", "-q"), "  nodeName: kx-node\n")
	r = c.Pipe("apiVersion: v1\nkind: Pod\nmetadata: {name: distroless}\n", clitest.DebugArgs("-f", "-", "-q")...)
	require.Equal(t, clitest.Result{Out: "pod/distroless: tools\n"}, r)

	for _, test := range []struct {
		want string
		args []string
	}{
		{"-f excludes a name and -l", []string{"shell", "-f", shell}},
		{"-f excludes a name and -l", []string{"-l", "app=web", "-f", shell}},
		{"-f - excludes -i and --custom -: stdin can be read only once", []string{"-f", "-", "-i"}},
		{"-f - excludes -i and --custom -: stdin can be read only once", []string{"-f", "-", "--custom", "-"}},
		{"the files name pods/shell and deployments.apps/web: give one, or --all", []string{"-f", shell, "-f", both}},
		{"--reuse looks for a container in the pod: leave it out", []string{"-f", node, "--reuse"}},
		{"--copy-to copies pods, and no node or claim", []string{"-f", node, "--copy-to", "x"}},
	} {
		require.Equal(t, "error: "+test.want+"; see kx debug --help", c.Kx(append([]string{"debug"}, test.args...)...).RequireError(t, 2))
	}
}

func TestTheNamespaceOfAFileIsThatOfItsPods(t *testing.T) {
	c := clitest.Start(t)
	pod := func(name, namespace string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + namespace + "}\n"
	}
	for _, object := range []string{`"kind":"Namespace","metadata":{"name":"far"}`,
		`"kind":"Pod","metadata":{"name":"a","namespace":"far"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]}`} {
		_, err := c.Create(`{"apiVersion":"v1",` + object + `}`)
		require.NoError(t, err)
	}
	file := c.Write("far.yaml", pod("a", "far"))
	preview := func(args ...string) clitest.Result {
		return c.Kx(append([]string{"debug", "--image", "x", "-c", "tools", "--dry-run=client"}, args...)...)
	}
	require.Equal(t, clitest.Result{Out: "pod/a: tools (dry run)\n"}, preview("-f", file, "-q"))
	require.Equal(t, clitest.Result{Out: "pod/a: tools (dry run)\n"}, preview("-f", file, "-q", "-n", "far"))
	require.Equal(t, `error: `+file+`: the object is for namespace "far", and --namespace is "default": pass --namespace far, or leave it out`,
		preview("-f", file, "-n", "default").RequireError(t, 1))
	mixed := c.Write("mixed.yaml", pod("a", "far")+"---\n"+pod("b", "near"))
	require.Equal(t, `error: `+mixed+`, document 2: the object is for namespace "near", and the one before for "far": give files of one namespace`,
		preview("-f", mixed).RequireError(t, 1))
	none := c.Write("none.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
	require.Equal(t, "error: "+none+": no pod, workload or node is in it", preview("-f", none).RequireError(t, 1))
	unnamed := c.Write("unnamed.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a}\n")
	require.Equal(t, "error: "+unnamed+": metadata.name is missing", preview("-f", unnamed).RequireError(t, 1))
}
