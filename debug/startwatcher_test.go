package debug_test

import (
	"context"
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

func TestProgressGetsTheReasonsOfEvents(t *testing.T) {
	_, pods := start(t, kxtest.WithRegistryImage(slowImage, time.Hour))
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	var reasons []string
	o := debug.Options{
		Image: slowImage, Command: []string{"sleep", "60"}, Timeout: -1,
		Progress: func(w debug.Waiting) {
			reasons = append(reasons, w.Reason)
			if w.Reason == "Pulling" {
				cancel()
			}
		},
	}
	_, err := debug.Run(ctx, pods, "distroless", o)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "ContainerCreating", reasons[0])
	require.Contains(t, reasons, "Pulling")
}

func TestAFailedPullHasAGracePeriod(t *testing.T) {
	t.Parallel() // takes the grace period, which leaves a busy node time to back off
	_, pods := start(t)
	o := debug.Options{
		Image: "registry.test/missing:1", Command: []string{"sh"}, PullGrace: 3 * time.Second, Timeout: -1,
	}
	begun := time.Now()
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.GreaterOrEqual(t, time.Since(begun), o.PullGrace)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "ImagePullBackOff", failed.Reason)
	require.ErrorContains(t, err, "no such host")
	require.ErrorContains(t, err, "check the image's name")
	var reasons []string
	for _, e := range failed.Events {
		require.Positive(t, e.Count)
		require.False(t, e.Last.IsZero())
		reasons = append(reasons, e.Reason)
	}
	require.Equal(t, []string{"Pulling", "Failed", "Failed", "BackOff", "Failed"}, reasons)
}

func TestAStartErrorSaysWhyItHasNoEvents(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{
		Path: "/api/v1/namespaces/*/events", Times: -1,
		Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "not yours", 0),
	})
	o := options("sh")
	o.Image = "registry.test/missing:1"
	_, err := debug.Run(within(t), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Empty(t, failed.Events)
	require.ErrorContains(t, failed.EventsError, "not yours")
	reads := 0
	for _, r := range server.Requests() {
		if strings.HasSuffix(r.Path, "/events") && !r.Query.Has("watch") {
			reads++
		}
	}
	require.Equal(t, 1, reads, "a refusal is final")
}

func TestANodeThatStopsBeingReadyEndsTheWait(t *testing.T) {
	t.Parallel() // takes one nodeInterval
	_, pods := start(t, kxtest.WithRegistryImage(slowImage, time.Hour))
	o := debug.Options{Name: "debugger", Image: slowImage, Timeout: -1}
	o.Added = func(*debug.Result) {
		condition := map[string]any{
			"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown",
			"message": "Kubelet stopped posting node status.",
		}
		nodes := resources.New[resources.Node](pods.Client())
		_, err := subresource.Status(nodes).Patch(within(t), "kx-node",
			patch.Strategic(map[string]any{"status": map[string]any{"conditions": []any{condition}}}))
		require.NoError(t, err)
	}
	res, err := debug.Run(within(t), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "NodeNotReady", failed.Reason)
	require.Equal(t, "debugger", failed.Container)
	require.Contains(t, failed.Message, "Kubelet stopped posting node status.")
	require.Equal(t, "debugger", res.Container)
}
