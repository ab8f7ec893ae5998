package debug_test

import (
	"fmt"
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

// told runs o, without waiting, and gives its notices.
func told(t *testing.T, pods *resources.API[resources.Pod], o debug.Options) (notices []string) {
	t.Helper()
	o.Notice, o.Timeout = func(text string) { notices = append(notices, text) }, time.Nanosecond
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	if err != nil {
		require.ErrorAs(t, err, new(*debug.StartError))
	}
	return notices
}

func TestWhatIsDoubtfulAboutAnImageIsTold(t *testing.T) {
	const none = ", and the pod has no imagePullSecrets"
	var many [][]string
	for i := range 50 {
		many = append(many, []string{fmt.Sprintf("a.example/app-%d:1", i)})
	}
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
		{few, "tools", "", `node "kx-node" has image "tools": it asks the registry in any case, as the pull policy is Always for the tag latest` + none},
		{few, "tools:1", "Always", `node "kx-node" has image "tools:1": it asks the registry in any case, as the pull policy is Always` + none},
		{few, "tools:2", "", `node "kx-node" does not list image "tools:2": without it the node has to pull it` + none},
		{few, "tools:2", "Never", `node "kx-node" does not list image "tools:2": without it the container will fail, as the pull policy is Never`},
		{few, "tools@sha256:" + strings.Repeat("0", 64), "", `node "kx-node" does not list image "tools@sha256:` + strings.Repeat("0", 64) + `": without it the node has to pull it` + none},
		{many, "a.example/app-7:1", "", ""},
		{many, "tools:1", "", `node "kx-node" does not list image "tools:1", but it lists its largest ones only: without it the node has to pull it` + none},
		{many, "tools:1", "Never", `node "kx-node" does not list image "tools:1", but it lists its largest ones only: without it the container will fail, as the pull policy is Never`},
	} {
		t.Run(row.image+" "+row.policy, func(t *testing.T) {
			_, pods := holding(t, row.node...)
			o := options("sleep", "60")
			o.Image, o.ImagePullPolicy = row.image, row.policy
			require.Equal(t, row.want, strings.Join(told(t, pods, o), "\n"))
		})
	}
}

func TestADryRunIsToldNothingOfTheNodeAndDoesNotAskForIt(t *testing.T) {
	server, pods := start(t)
	o := options("sleep", "60")
	o.Image, o.DryRun = "nowhere", true
	require.Empty(t, told(t, pods, o))
	o.DryRun = false
	o.Notice = func(text string) { require.Fail(t, text) }
	_, err := debug.Preview(t.Context(), pods, "distroless", o)
	require.NoError(t, err)
	for _, r := range server.Requests() {
		require.NotContains(t, r.Path, "/nodes/")
	}
}

func TestANodeThatCannotBeReadIsNoObstacle(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: "/api/v1/nodes/*", Then: kxtest.AnswerStatus(http.StatusInternalServerError, "InternalError", "out of order", 0)})
	o := options("sleep", "60")
	notices := told(t, pods, o)
	require.Len(t, notices, 1)
	require.Regexp(t, `^whether the pod's node is ready and has the image is not known: GET .*/api/v1/nodes/kx-node: .*out of order`, notices[0])
	require.Len(t, containers(t, server), 1)
}

func TestANodeThatIsNotReadyIsToldAgainWhileItIsNot(t *testing.T) {
	server, pods := start(t)
	ready := func(status, reason, message string) {
		nodes := resources.New[resources.Node](pods.Client())
		_, err := subresource.Status(nodes).Patch(t.Context(), "kx-node", patch.Strategic(map[string]any{"status": map[string]any{"conditions": []any{
			map[string]any{"type": "Ready", "status": status, "reason": reason, "message": message},
		}}}))
		require.NoError(t, err)
	}
	o := options("sleep", "60")
	for _, status := range []string{"False", "Unknown"} {
		ready(status, "NodeStatusUnknown", "Kubelet stopped posting node status.")
		_, err := debug.Run(t.Context(), pods, "distroless", o)
		require.EqualError(t, err, `no container was added to pod "distroless": NodeNotReady: node "kx-node" is not ready: NodeStatusUnknown: Kubelet stopped posting node status.; look at the node, or choose a pod on another one`)
		require.Empty(t, containers(t, server))
	}
	ready("True", "KubeletReady", "kubelet is posting ready status")
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	require.NoError(t, err)
}
