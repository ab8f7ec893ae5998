package debug_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

func TestStopReturnsTheRefusalToRemoveAPod(t *testing.T) {
	server, pods := start(t)
	o, _, _ := onNode("sleep", "3600")
	o.Stdout = nil
	res, err := debug.RunOnNode(within(t), pods, "kx-node", o)
	require.NoError(t, err)
	refusal := server.Fault(kxtest.Fault{Method: http.MethodDelete, Then: kxtest.AnswerStatus(403, "Forbidden", "may not delete", 0)})
	stopped, err := debug.Stop(within(t), pods, res.Pod, debug.StopOptions{})
	require.ErrorIs(t, err, transport.ErrForbidden)
	require.Empty(t, stopped)
	require.Equal(t, 1, refusal.Hits())
	stopped, err = debug.Stop(within(t), pods, res.Pod, debug.StopOptions{})
	require.NoError(t, err)
	require.Len(t, stopped, 1)
	require.True(t, stopped[0].Removed)
	require.True(t, stopped[0].WasRunning)
}
