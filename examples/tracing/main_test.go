package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
)

func TestTheProgramTracesRequestsAndStreams(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "web-0", "sleep 3600")
	if cluster.Server != nil {
		cluster.Server.ForgetRequests()
	}

	var out, spans strings.Builder
	require.NoError(t, run(clustertest.Within(t), cluster.Config, "web-0", []string{"echo", "hello"}, &out, &spans))
	require.Equal(t, "hello\n", out.String())
	lines := strings.Split(spans.String(), "\n")
	require.Len(t, lines, 3, spans.String())
	path := "/api/v1/namespaces/" + cluster.Config.Namespace + "/pods/web-0"
	require.Regexp(t, `^span [0-9a-f]{16}: GET `+path+`: 200 OK in \S+$`, lines[0])
	require.Regexp(t, `^span [0-9a-f]{16}: GET `+path+`/exec: 101 Switching Protocols in \S+$`, lines[1])
	if cluster.Server == nil { // a real server shows no headers
		return
	}
	for i, request := range cluster.Server.Requests() {
		span := strings.Fields(strings.ReplaceAll(lines[i], ":", ""))[1]
		require.Regexp(t, `^00-[0-9a-f]{32}-`+span+`-01$`, request.Header.Get("Traceparent"))
	}
}
