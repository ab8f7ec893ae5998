package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestTheProgramTracesRequestsAndStreams(t *testing.T) {
	server := kxtest.Start(t, kxtest.WithDemo())
	_, err := server.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "app",
		"image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "3600"]}]}}`)
	require.NoError(t, err)
	awaitRunning(t, server, "web-0")
	server.ForgetRequests()

	var out, spans strings.Builder
	require.NoError(t, run(t.Context(), server.Config(), "web-0", []string{"echo", "hello"}, &out, &spans))
	require.Equal(t, "hello\n", out.String())
	lines := strings.Split(spans.String(), "\n")
	require.Len(t, lines, 3, spans.String())
	require.Regexp(t, `^span [0-9a-f]{16}: GET /api/v1/namespaces/default/pods/web-0: 200 OK in \S+$`, lines[0])
	require.Regexp(t, `^span [0-9a-f]{16}: GET /api/v1/namespaces/default/pods/web-0/exec: 101 Switching Protocols in \S+$`, lines[1])
	for i, request := range server.Requests() {
		span := strings.Fields(strings.ReplaceAll(lines[i], ":", ""))[1]
		require.Regexp(t, `^00-[0-9a-f]{32}-`+span+`-01$`, request.Header.Get("Traceparent"))
	}
}

// awaitRunning returns once the pod runs.
func awaitRunning(t *testing.T, server *kxtest.Server, name string) {
	t.Helper()
	client, err := transport.New(server.Config())
	require.NoError(t, err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watch := resources.ListOptions{FieldSelector: "metadata.name=" + name}
	for event, err := range resources.New[resources.Pod](client).Watch(ctx, watch) {
		require.NoError(t, err)
		if event.Object.Status.Phase == "Running" {
			return
		}
	}
}
