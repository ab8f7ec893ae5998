package debugcmd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugOfANodeRunsAPodThereAndRemovesIt(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "node/kx-node", "-i", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "cat /host/etc/hostname; exit 3")
	require.Equal(t, 3, r.Code, r.Err)
	require.Equal(t, "kx-node\n", r.Out)
	require.Regexp(t, `(?m)^Created pod node-debugger-kx-node-[a-z0-9]{5} with container debugger$`, r.Err)
	require.NotContains(t, c.MustRun("get", "pods", "-o", "name"), "node-debugger")
}

func TestAPodOfANodeStaysWithoutASessionUntilItIsStopped(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "no/kx-node", "--image", kxtest.BusyboxImage, "--", "sleep", "600")
	require.Equal(t, 0, r.Code, r.Err)
	require.Regexp(t, `^pod/node-debugger-kx-node-[a-z0-9]{5}: debugger\n$`, r.Out)
	require.Regexp(t, `pod node-debugger-kx-node-[a-z0-9]{5} stays: remove it with "kx debug stop node-debugger-`, r.Err)
	require.Regexp(t, `^pod/node-debugger-kx-node-[a-z0-9]{5}: debugger was removed with its pod: Running\n$`,
		c.MustRun("debug", "stop", "node/kx-node", "--grace-period", "1"))
	r = c.Kx("debug", "stop", "node/other")
	require.Equal(t, 0, r.Code)
	require.Equal(t, "No debug pod of namespace default is on node other\n", r.Err)
}

func TestDebugOfACopyChangesAContainer(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "distroless", "--copy-to", "copy", "-c", "app", "-i", "--image", kxtest.BusyboxImage, "--replace", "--",
		"sh", "-c", "echo changed; sleep 2; exit 4")
	require.Equal(t, 4, r.Code, r.Err)
	require.Equal(t, "changed\n", r.Out)
	require.NotContains(t, c.MustRun("get", "pods", "-o", "name"), "pod/distroless\n")
	require.Regexp(t, `^pod/copy: app was removed with its pod: `, c.MustRun("debug", "stop", "copy"))

	require.Equal(t, "pod/other created\n", c.MustRun("debug", "shell", "--copy-to", "other", "--set-image", "*="+kxtest.BusyboxImage, "-q"))
}

func TestADryRunOfANodePrintsThePodAndItsSettings(t *testing.T) {
	c := clitest.Start(t)
	for _, side := range []string{"client", "server"} {
		out := c.MustRun("debug", "node/kx-node", "--image", kxtest.BusyboxImage, "--dry-run="+side, "-o", "yaml", "-q", "--", "sh")
		require.Contains(t, out, "  hostPID: true # profile general\n")
		require.Contains(t, out, "  nodeName: kx-node\n")
	}
	require.NotContains(t, c.MustRun("get", "pods", "-o", "name"), "node-debugger")
}

func TestDebugRefusesFlagsThatANodeOrACopyDoesNotHave(t *testing.T) {
	for line, want := range map[string][]string{
		"--keep is for the pod of a node or claim: give node/NAME or pvc/NAME": {"shell", "--keep"},
		"--replace needs --copy-to":                                                                                    {"shell", "--replace"},
		"--copy-to copies pods, and no node or claim":                                                                  {"node/n", "--copy-to", "x"},
		"--all adds containers to pods: give one pod for a copy, one node or one claim":                                {"pvc/n", "--all"},
		"the containers of a copy see all its processes: leave out --target":                                           {"a", "--copy-to", "x", "--target", "b"},
		"a node or claim has no containers: leave out --target, --security-context-from, --mounts-from and --env-from": {"node/n", "--target", "b"},
		"--reuse looks for a container in the pod: leave it out":                                                       {"node/n", "--reuse"},
		`--set-image takes NAME=IMAGE, not "x"`:                                                                        {"a", "--copy-to", "x", "--set-image", "x"},
	} {
		r := clitest.Execute(t.Context(), "", append([]string{"debug"}, want...)...)
		require.Equal(t, 2, r.Code)
		require.Equal(t, "error: "+line+"; see kx debug --help\n", r.Err)
	}
}

// startWithClaim starts a server with the claim data, which nobody mounts.
func startWithClaim(t *testing.T) *clitest.Cluster {
	t.Helper()
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}},"status":{"phase":"Bound"}}`)
	require.NoError(t, err)
	return c
}

func TestDebugOfAClaimRunsAPodThatMountsItAndRemovesIt(t *testing.T) {
	c := startWithClaim(t)
	r := c.Kx("debug", "pvc/data", "-i", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "echo here; exit 3")
	require.Equal(t, 3, r.Code, r.Err)
	require.Equal(t, "here\n", r.Out)
	require.Regexp(t, `(?m)^Created pod pvc-debugger-data-[a-z0-9]{5} with container debugger$`, r.Err)
	require.NotContains(t, c.MustRun("get", "pods", "-o", "name"), "pvc-debugger")
	out := c.MustRun("debug", "persistentvolumeclaim/data", "--image", kxtest.BusyboxImage, "--dry-run=client", "-o", "yaml", "-q")
	require.Contains(t, out, "    volumeMounts:\n    - mountPath: /pvc\n      name: pvc\n")
}

func TestAPodOfAClaimStaysWithoutASessionUntilItIsStopped(t *testing.T) {
	c := startWithClaim(t)
	r := c.Kx("debug", "pvc/data", "--image", kxtest.BusyboxImage, "--", "sleep", "600")
	require.Equal(t, 0, r.Code, r.Err)
	require.Regexp(t, `^pod/pvc-debugger-data-[a-z0-9]{5}: debugger\n$`, r.Out)
	require.Regexp(t, `pod pvc-debugger-data-[a-z0-9]{5} stays: remove it with "kx debug stop pvc-debugger-`, r.Err)
	require.Regexp(t, `^pod/pvc-debugger-data-[a-z0-9]{5}: debugger was removed with its pod: Running\n$`,
		c.MustRun("debug", "stop", "pvc/data", "--grace-period", "1"))
	r = c.Kx("debug", "stop", "pvc/other")
	require.Equal(t, 0, r.Code)
	require.Equal(t, "No debug pod of namespace default mounts claim other\n", r.Err)
}
