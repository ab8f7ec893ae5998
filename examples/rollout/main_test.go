package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestARolloutThatIsDoneIsReported(t *testing.T) {
	cluster := clustertest.Start(t)
	deploy(t, cluster, clustertest.Image, 600)
	setStatus(t, cluster, `{"status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}}`)
	var out strings.Builder
	require.NoError(t, run(clustertest.Within(t), cluster.Config, &out, "web"))
	require.Equal(t, "deployment web is rolled out\n", out.String())
}

func TestARolloutThatFailsSaysWhatItsPodsWaitFor(t *testing.T) {
	cluster := clustertest.Start(t)
	deploy(t, cluster, "kx.local/absent:1", 1)
	if cluster.Server != nil { // has no controllers
		cluster.CreatePod(t, "web-0", `{"name": "app", "image": "kx.local/absent:1", "imagePullPolicy": "Never"}`)
	}
	awaitWaiting(t, cluster)
	setStatus(t, cluster, `{"status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1, "conditions":
		[{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "ReplicaSet \"web-1\" has timed out progressing."}]}}`)
	var out strings.Builder
	err := run(clustertest.Within(t), cluster.Config, &out, "web")
	var wait *resources.WaitError
	require.ErrorAs(t, err, &wait)
	require.Equal(t, "ProgressDeadlineExceeded", wait.Reason)
	require.ErrorContains(t, err, "the rollout of deployment web is not done: ")
	require.Regexp(t, `^  pod web-\S+, container app: ErrImageNeverPull: .*kx\.local/absent:1.*\n$`, out.String())
}

func TestADeploymentThatDoesNotExistIsAnError(t *testing.T) {
	cluster := clustertest.Start(t)
	var out strings.Builder
	err := run(clustertest.Within(t), cluster.Config, &out, "web")
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.Empty(t, out.String())
}

func deploy(t *testing.T, cluster *clustertest.Cluster, image string, deadlineSeconds int) {
	t.Helper()
	_, err := deployments(cluster).CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
		"spec": {"replicas": 1, "progressDeadlineSeconds": %d, "selector": {"matchLabels": {"app": "web"}},
		"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"automountServiceAccountToken": false, "terminationGracePeriodSeconds": 0,
		"containers": [{"name": "app", "image": %q, "imagePullPolicy": "Never", "command": ["sleep", "3600"]}]}}}}`, deadlineSeconds, image))
	require.NoError(t, err)
}

// setStatus writes the status that the controllers of a cluster write, which kxtest has not.
func setStatus(t *testing.T, cluster *clustertest.Cluster, status string) {
	t.Helper()
	if cluster.Server == nil {
		return
	}
	_, err := subresource.Status(deployments(cluster)).Patch(t.Context(), "web", patch.Merge(status))
	require.NoError(t, err)
}

func awaitWaiting(t *testing.T, cluster *clustertest.Cluster) {
	t.Helper()
	for event, err := range cluster.Pods.Watch(clustertest.Within(t), resources.ListOptions{LabelSelector: "app=web"}) {
		require.NoError(t, err)
		statuses := event.Object.Status.ContainerStatuses
		if len(statuses) == 1 && statuses[0].State.Waiting != nil && statuses[0].State.Waiting.Reason == "ErrImageNeverPull" {
			return
		}
	}
}

func deployments(cluster *clustertest.Cluster) *resources.API[resources.Deployment] {
	return resources.New[resources.Deployment](cluster.Client, resources.InNamespace(cluster.Config.Namespace))
}
