package podcopy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// start starts a server whose two pods, shell and distroless, are running.
func start(t testing.TB, options ...kxtest.Option) (*kxtest.Server, *resources.API[resources.Pod]) {
	t.Helper()
	server := kxtest.Start(t, append([]kxtest.Option{kxtest.WithDemo()}, options...)...)
	pods := podsAs(t, server, "kx-admin")
	awaitRunning(t, pods, "shell")
	awaitRunning(t, pods, "distroless")
	return server, pods
}

func podsAs(t testing.TB, server *kxtest.Server, user string) *resources.API[resources.Pod] {
	t.Helper()
	client, err := transport.New(server.ConfigOf(user))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return resources.New[resources.Pod](client)
}

func awaitRunning(t testing.TB, pods *resources.API[resources.Pod], name string) {
	t.Helper()
	require.Eventually(t, func() bool {
		pod, err := pods.Get(t.Context(), name)
		return err == nil && pod.Status.Phase == "Running"
	}, 10*time.Second, time.Millisecond, "pod %s runs", name)
}

// createPod creates a pod whose container app sleeps, and waits until it runs.
func createPod(t *testing.T, server *kxtest.Server, pods *resources.API[resources.Pod], name, spec string) {
	t.Helper()
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{` + spec + `
		"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}]}}`)
	require.NoError(t, err)
	awaitRunning(t, pods, name)
}

// debugOptions returns options for a debug container that runs command.
func debugOptions(command ...string) debug.Options {
	return debug.Options{Image: kxtest.BusyboxImage, ImagePullPolicy: "Never", Command: command}
}
