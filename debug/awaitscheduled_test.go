package debug_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// pendingPod returns a pod that no node runs, with conditions.
func pendingPod(conditions string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"schedulerName":"none",
		"containers":[{"name":"app","image":%q}]},"status":{"phase":"Pending","conditions":[%s]}}`, kxtest.BusyboxImage, conditions)
}

const unschedulable = `{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available: 1 Insufficient cpu."}`

func TestAwaitScheduledEndsWithItsContext(t *testing.T) {
	server := kxtest.Start(t)
	_, err := server.Create(pendingPod(unschedulable))
	require.NoError(t, err)
	pods := resources.As[resources.PodOutline](podsAs(t, server, "kx-admin"))
	pod, err := pods.Get(t.Context(), "p")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(within(t))
	_, err = debug.AwaitScheduled(ctx, pods, pod, limit, func(debug.Waiting) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestAwaitScheduledFailsWithTheSchedulersReason(t *testing.T) {
	for name, test := range map[string]struct{ conditions, want string }{
		"a scheduler that finds no node": {unschedulable, "pod p is on no node yet: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu."},
		"no scheduler":                   {"", "pod p is on no node yet: no scheduler has handled it"},
	} {
		t.Run(name, func(t *testing.T) {
			server := kxtest.Start(t)
			_, err := server.Create(pendingPod(test.conditions))
			require.NoError(t, err)
			pods := resources.As[resources.PodOutline](podsAs(t, server, "kx-admin"))
			pod, err := pods.Get(t.Context(), "p")
			require.NoError(t, err)
			var shown []debug.Waiting
			_, err = debug.AwaitScheduled(t.Context(), pods, pod, time.Millisecond, func(w debug.Waiting) { shown = append(shown, w) })
			var unscheduled *debug.UnscheduledError
			require.ErrorAs(t, err, &unscheduled)
			require.EqualError(t, err, test.want)
			require.Len(t, shown, 1)
		})
	}
}

func TestAwaitScheduledReturnsThePodOnceItIsOnANode(t *testing.T) {
	server := kxtest.Start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"schedulingGates":[{"name":"example.com/wait"}],"containers":[{"name":"app","image":"x"}]}}`)
	require.NoError(t, err)
	pods := resources.As[resources.PodOutline](podsAs(t, server, "kx-admin"))
	pod, err := pods.Get(t.Context(), "p")
	require.NoError(t, err)
	var opened sync.WaitGroup
	defer opened.Wait()
	scheduled, err := debug.AwaitScheduled(within(t), pods, pod, time.Hour, func(w debug.Waiting) {
		assert.Equal(t, "SchedulingGated", w.Reason)
		opened.Go(func() {
			_, err := pods.Patch(t.Context(), "p", patch.Merge(map[string]any{"spec": map[string]any{"schedulingGates": nil}}))
			assert.NoError(t, err)
		})
	})
	require.NoError(t, err)
	require.NotEmpty(t, scheduled.Spec.NodeName)
	second, err := debug.AwaitScheduled(within(t), pods, scheduled, time.Hour, nil)
	require.NoError(t, err)
	require.Same(t, scheduled, second, "no request is needed")
}

func TestAwaitScheduledOfADeletedPodFails(t *testing.T) {
	server := kxtest.Start(t)
	_, err := server.Create(pendingPod(unschedulable))
	require.NoError(t, err)
	pods := resources.As[resources.PodOutline](podsAs(t, server, "kx-admin"))
	pod, err := pods.Get(t.Context(), "p")
	require.NoError(t, err)
	_, err = pods.Delete(t.Context(), "p", resources.GracePeriod(0))
	require.NoError(t, err)
	_, err = debug.AwaitScheduled(within(t), pods, pod, time.Hour, nil)
	require.EqualError(t, err, "pod p is on no node yet: PodDeleted: it is deleted")
}
