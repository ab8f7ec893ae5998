package debug_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// addShell adds a container "debugger" that runs a shell, and returns when it runs.
// The conformance suite has what Stop does to containers.
func addShell(t *testing.T, pods *resources.API[resources.Pod], c resources.EphemeralContainer) {
	t.Helper()
	c.Name, c.Image, c.Command = "debugger", kxtest.BusyboxImage, []string{"sh"}
	_, err := subresource.EphemeralContainers(pods).Add(within(t), "distroless", c)
	require.NoError(t, err)
	for event, err := range pods.Watch(within(t), resources.ListOptions{FieldSelector: "metadata.name=distroless"}) {
		require.NoError(t, err)
		for _, status := range event.Object.Status.EphemeralContainerStatuses {
			if status.State.Running != nil {
				return
			}
		}
	}
}

func TestStopDisconnectsIfTheProtocolHasNoEOF(t *testing.T) {
	_, pods := start(t, kxtest.WithStreamProtocols("v4.channel.k8s.io"))
	addShell(t, pods, resources.EphemeralContainer{Stdin: true, StdinOnce: true})
	stopped, err := debug.Stop(within(t), pods, "distroless", debug.StopOptions{})
	require.NoError(t, err)
	require.NoError(t, stopped[0].Err, "a client that disconnects ends stdin too")
	require.EqualValues(t, 0, *stopped[0].ExitCode)
}

func TestStopReturnsTheErrorsOfExecAndAttach(t *testing.T) {
	server, pods := start(t)
	addShell(t, pods, resources.EphemeralContainer{Stdin: true, TTY: true})
	for _, path := range []string{"attach", "exec"} {
		server.Fault(kxtest.Fault{
			Path: "/api/v1/namespaces/*/pods/*/" + path,
			Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "not yours: "+path, 0),
		})
	}
	stopped, err := debug.Stop(within(t), pods, "distroless", debug.StopOptions{All: true})
	require.NoError(t, err)
	var still *debug.StillRunningError
	require.ErrorAs(t, stopped[0].Err, &still)
	require.Equal(t, "debugger", still.Container)
	require.ErrorIs(t, still, transport.ErrForbidden)
	require.ErrorContains(t, still, "not yours: exec")
	require.ErrorContains(t, still, "; ending the container's stdin failed too: ")
	require.ErrorContains(t, still, "not yours: attach")
}

func TestStopReturnsWhenItsContextEnds(t *testing.T) {
	_, pods := start(t)
	_, err := debug.Run(within(t), pods, "distroless", options("sleep", "3600"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(within(t))
	cancel()
	_, err = debug.Stop(ctx, pods, "distroless", debug.StopOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestStopFailsForAMissingPod(t *testing.T) {
	_, pods := start(t)
	_, err := debug.Stop(within(t), pods, "no-such", debug.StopOptions{})
	require.ErrorIs(t, err, transport.ErrNotFound)
}
