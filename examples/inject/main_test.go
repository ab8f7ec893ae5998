package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestTheContainerIsAddedAndRuns(t *testing.T) {
	cluster := clustertest.Start(t)
	require.ErrorIs(t, inject(clustertest.Within(t), cluster.Config, "web-0", clustertest.Image, nil), transport.ErrNotFound)
	cluster.RunPod(t, "web-0", "sleep 3600")
	require.NoError(t, inject(clustertest.Within(t), cluster.Config, "web-0", clustertest.Image, []string{"sleep", "3600"}))
	require.NoError(t, resources.WaitFor(clustertest.Within(t), cluster.Pods, "web-0", func(pod *resources.Pod) (bool, error) {
		statuses := pod.Status.EphemeralContainerStatuses
		return len(statuses) == 1 && statuses[0].Name == "debugger" && statuses[0].State.Running != nil, nil
	}))
}
