package main

import (
	"bufio"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestASecondStartTakesTheContainerOfTheFirst(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	start(t, cluster)
	start(t, cluster)
	pod, err := subresource.EphemeralContainers(cluster.Pods).Get(t.Context(), "web-0")
	require.NoError(t, err)
	require.Len(t, pod.Spec.EphemeralContainers, 1)
	require.Equal(t, "app", pod.Spec.EphemeralContainers[0].TargetContainerName)
}

func TestAPodThatDoesNotExistEndsTheProgram(t *testing.T) {
	cluster := clustertest.Start(t)
	err := run(clustertest.Within(t), cluster.Config, "127.0.0.1:0", "", "web-0", debug.Options{Image: clustertest.Image}, io.Discard)
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.ErrorContains(t, err, `pods "web-0" not found`)
}

// start runs browsershell for the pod web-0, and returns the page's address, with the token.
func start(t *testing.T, cluster *clustertest.Cluster) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, cluster.Config, "127.0.0.1:0", "", "web-0",
			debug.Options{Image: clustertest.Image, ImagePullPolicy: "Never", Target: "app"}, writer)
		_ = writer.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	lines := bufio.NewScanner(reader)
	require.True(t, lines.Scan(), "browsershell has ended early")
	require.Regexp(t, `^http://127\.0\.0\.1:\d+/#[A-Z2-7]{26}$`, lines.Text())
	return lines.Text()
}
