package load_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// No node takes the pod, so that the figures are those of the API server.
func TestEachOfManyAddsToOnePodAtOnceIsStoredOnce(t *testing.T) {
	w, n := newWorld(t), size(100, 10)
	ctx := within(t, limit)
	load := begin()
	var counts requestCounts
	client := w.connect(t, transport.WithMetrics(counts.add))
	pods := resources.New[resources.Pod](client)
	_, err := pods.CreateRaw(ctx, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod",
		"metadata":{"name":"parked"},"spec":{"schedulerName":"none",
		"containers":[{"name":"main","image":%q}]}}`, kxtest.BusyboxImage))
	require.NoError(t, err)
	endpoint := subresource.EphemeralContainers(pods)
	require.NoError(t, atOnce(ctx, n, func(ctx context.Context, i int) error {
		name := fmt.Sprintf("debugger-%02d", i)
		stored, err := endpoint.Add(ctx, "parked",
			resources.EphemeralContainer{Name: name, Image: kxtest.BusyboxImage})
		if err != nil {
			return err
		}
		if !slices.Contains(containerNames(stored), name) {
			return fmt.Errorf("the answer lacks container %s", name)
		}
		return nil
	}))
	pod, err := pods.Get(ctx, "parked")
	require.NoError(t, err)
	client.Close()
	var wanted []string
	for i := range n {
		wanted = append(wanted, fmt.Sprintf("debugger-%02d", i))
	}
	require.ElementsMatch(t, wanted, containerNames(pod))
	load.end(t, "%d adds to one pod at once; %s", n, counts.String())
}

// containerNames returns the names of the ephemeral containers of a pod.
func containerNames(pod *resources.Pod) (names []string) {
	for _, container := range pod.Spec.EphemeralContainers {
		names = append(names, container.Name)
	}
	return names
}
