package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/kxtest/replay"
	"github.com/kx-k8s/kx/transport"
)

// The file was recorded with Kubernetes 1.35.4, in the namespace recording.
func TestAPodIsDescribedFromARecording(t *testing.T) {
	server := replay.Serve(t, "testdata/web.http")
	require.Equal(t, "v1.35.4", server.Version())
	require.Equal(t, "kx.local/busybox:1 on Linux", replayed(t, server, "recording"))
}

func TestARecordingOfTheClusterCanBeReplayed(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	file := filepath.Join(t.TempDir(), "web.http")
	require.NoError(t, record(clustertest.Within(t), cluster.Config, "web-0", file))
	require.Equal(t, "kx.local/busybox:1 on Linux", replayed(t, replay.Serve(t, file), cluster.Config.Namespace))
}

// replayed returns what describe finds out from a recording.
func replayed(t *testing.T, server *replay.Replayer, namespace string) string {
	t.Helper()
	cfg := server.Config()
	cfg.Namespace = namespace
	client, err := transport.New(cfg)
	require.NoError(t, err)
	defer client.Close()
	text, err := describe(clustertest.Within(t), client, "web-0")
	require.NoError(t, err)
	return text
}

func TestAPodThatDoesNotExistLeavesNoFile(t *testing.T) {
	cluster := clustertest.Start(t)
	file := filepath.Join(t.TempDir(), "web.http")
	require.ErrorIs(t, record(clustertest.Within(t), cluster.Config, "web-0", file), transport.ErrNotFound)
	require.NoFileExists(t, file)
}
