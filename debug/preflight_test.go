package debug_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// noticesOf runs o without waiting for the container, and returns the notices.
func noticesOf(t *testing.T, pods *resources.API[resources.Pod], o debug.Options) (notices []string) {
	t.Helper()
	o.Notice, o.Timeout = func(text string) { notices = append(notices, text) }, time.Nanosecond
	_, err := debug.Run(within(t), pods, "distroless", o)
	if err != nil {
		require.ErrorAs(t, err, new(*debug.StartError))
	}
	return notices
}

func TestRunWarnsOfAnImageThatMayFailToStart(t *testing.T) {
	const noSecrets = ", and the pod has no imagePullSecrets"
	digest := "tools@sha256:" + strings.Repeat("0", 64)
	few := [][]string{{"docker.io/library/tools:latest", "docker.io/library/tools:1"}}
	for _, row := range []struct {
		node          [][]string
		image, policy string
		want          string
	}{
		{few, "tools:1", "", ""},
		{few, "docker.io/tools:1", "IfNotPresent", ""},
		{few, "library/tools:1", "Never", ""},
		{few, "tools", "IfNotPresent", ""},
		{few, "tools", "Never", ""},
		{few, "tools", "", "Warning: node kx-node has image tools, and the pull policy is Always for the tag latest: " +
			"the node asks the registry first" + noSecrets},
		{few, "tools:1", "Always", "Warning: node kx-node has image tools:1, and the pull policy is Always: " +
			"the node asks the registry first" + noSecrets},
		{few, "tools:2", "", "Warning: node kx-node does not list image tools:2: the node has to pull it" + noSecrets},
		{few, "tools:2", "Never", "Warning: node kx-node does not list image tools:2, and the pull policy is Never: " +
			"the container will not start"},
		{few, digest, "", "Warning: node kx-node does not list image " + digest + ": the node has to pull " +
			"it" + noSecrets},
		{fullList(), "a.example/app-7:1", "", ""},
		{fullList(), "tools:1", "", "Warning: node kx-node does not list image tools:1 among its largest images: " +
			"the node has to pull it" + noSecrets},
		{fullList(), "tools:1", "Never", "Warning: node kx-node does not list image tools:1 among its largest images, " +
			"" +
			"" +
			"and the pull policy is Never: the container will not start"},
	} {
		t.Run(row.image+" "+row.policy, func(t *testing.T) {
			_, pods := startWithImages(t, row.node...)
			o := options("sleep", "60")
			o.Image, o.ImagePullPolicy = row.image, row.policy
			require.Equal(t, row.want, strings.Join(noticesOf(t, pods, o), "\n"))
		})
	}
}

func TestADryRunDoesNotReadTheNode(t *testing.T) {
	server, pods := start(t)
	o := options("sleep", "60")
	o.Image, o.DryRun = "nowhere", true
	require.Empty(t, noticesOf(t, pods, o))
	o.DryRun = false
	o.Notice = func(text string) { require.Fail(t, text) }
	_, err := debug.Preview(within(t), pods, "distroless", o)
	require.NoError(t, err)
	for _, r := range server.Requests() {
		require.NotContains(t, r.Path, "/nodes/")
	}
}

func TestANodeThatCannotBeReadIsAWarning(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{
		Path: "/api/v1/nodes/*",
		Then: kxtest.AnswerStatus(http.StatusInternalServerError, "InternalError", "out of order", 0),
	})
	notices := noticesOf(t, pods, options("sleep", "60"))
	require.Len(t, notices, 1)
	require.Regexp(t, `^Warning: the pod's node was not checked: `+
		`GET .*/api/v1/nodes/kx-node: .*out of order`, notices[0])
	require.Len(t, containers(t, server), 1)
}

func TestRunAddsNothingOnANodeThatIsNotReady(t *testing.T) {
	server, pods := start(t)
	setReady := func(status, reason, message string) {
		nodes := resources.New[resources.Node](pods.Client())
		condition := map[string]any{"type": "Ready", "status": status, "reason": reason, "message": message}
		_, err := subresource.Status(nodes).Patch(within(t), "kx-node",
			patch.Strategic(map[string]any{"status": map[string]any{"conditions": []any{condition}}}))
		require.NoError(t, err)
	}
	o := options("sleep", "60")
	for _, status := range []string{"False", "Unknown"} {
		setReady(status, "NodeStatusUnknown", "Kubelet stopped posting node status.")
		_, err := debug.Run(within(t), pods, "distroless", o)
		require.EqualError(t, err, "no container was added to pod distroless: NodeNotReady: node kx-node is not ready: "+
			""+
			""+
			"NodeStatusUnknown: Kubelet stopped posting node status.; check the node, or choose a pod on another node")
		require.Empty(t, containers(t, server))
	}
	setReady("True", "KubeletReady", "kubelet is posting ready status")
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
}
