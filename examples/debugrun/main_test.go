package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

func TestTheCommandSeesTheTargetAndItsStatusIsReturned(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "echo settings >/tmp/app.conf; sleep 3600")
	var out strings.Builder
	code, err := run(clustertest.Within(t), cluster.Config, "web-0", debug.Options{
		Image: kxtest.BusyboxImage, ImagePullPolicy: "Never", Target: "app", Stdout: &out,
		Command: []string{"sh", "-c", "cat /proc/1/root/tmp/app.conf; exit 3"},
	})
	require.NoError(t, err)
	require.Equal(t, "settings\n", out.String())
	require.Equal(t, 3, code)
}

func TestAPodThatDoesNotExistIsAnError(t *testing.T) {
	cluster := clustertest.Start(t)
	_, err := run(clustertest.Within(t), cluster.Config, "web-0", debug.Options{Image: kxtest.BusyboxImage, Command: []string{"true"}})
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.ErrorContains(t, err, `pods "web-0" not found`)
}
