package debug_test

import (
	"cmp"
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

// addShell adds a container that runs a shell, and returns when it runs. Its name is "debugger" if
// c has none.
// The conformance suite has what Stop does to containers.
func addShell(t *testing.T, pods *resources.API[resources.Pod], c resources.EphemeralContainer) {
	t.Helper()
	c.Name, c.Image, c.Command = cmp.Or(c.Name, "debugger"), kxtest.BusyboxImage, []string{"sh"}
	_, err := subresource.EphemeralContainers(pods).Add(within(t), "distroless", c)
	require.NoError(t, err)
	for event, err := range pods.Watch(within(t), resources.ListOptions{FieldSelector: "metadata.name=distroless"}) {
		require.NoError(t, err)
		for _, status := range event.Object.Status.EphemeralContainerStatuses {
			if status.Name == c.Name && status.State.Running != nil {
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

func TestStopStopsTheContainersThatItsOptionsName(t *testing.T) {
	_, pods := start(t)
	for _, name := range []string{"first", "second", "third"} {
		addShell(t, pods, resources.EphemeralContainer{Name: name, Stdin: true, StdinOnce: true})
	}
	stop := func(o debug.StopOptions) (names, running []string, err error) {
		stopped, err := debug.Stop(within(t), pods, "distroless", o)
		for _, s := range stopped {
			require.NoError(t, s.Err)
			names = append(names, s.Name)
			if s.WasRunning {
				running = append(running, s.Name)
			}
		}
		return names, running, err
	}
	_, _, err := stop(debug.StopOptions{})
	require.ErrorContains(t, err, "name one debug container, or ask for all; running in pod distroless: first second third")
	_, _, err = stop(debug.StopOptions{Container: "fourth"})
	require.ErrorContains(t, err, `there is no debug container "fourth"; running in pod distroless: first second third`)
	for _, row := range []struct {
		o              debug.StopOptions
		names, running []string
	}{
		{debug.StopOptions{Container: "second"}, []string{"second"}, []string{"second"}},
		{debug.StopOptions{Container: "second"}, []string{"second"}, nil},
		{debug.StopOptions{All: true}, []string{"first", "third"}, []string{"first", "third"}},
		{debug.StopOptions{}, nil, nil},
	} {
		names, running, err := stop(row.o)
		require.NoError(t, err)
		require.Equal(t, row.names, names, row.o)
		require.Equal(t, row.running, running, row.o)
	}
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
