package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestTheProgramPrintsTheMetricsOfItsRequests(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.CreatePod(t, "web-0", clustertest.Container("sleep 3600"))
	cluster.CreatePod(t, "web-1", clustertest.Container("sleep 3600"))
	retries := "0"
	if cluster.Server != nil {
		retries = "1"
		cluster.Server.Fault(kxtest.Fault{Method: "GET", Path: "/api/v1/namespaces/default/pods", Then: kxtest.AnswerStatus(429, "TooManyRequests", "busy", time.Second)})
	}
	var out strings.Builder
	require.NoError(t, run(clustertest.Within(t), cluster.Config, &out))
	const series = `{verb="list",resource="pods",subresource="",code="200"}`
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, []string{
		"web-0", "web-1", "kubernetes_requests_total" + series + " 1", "kubernetes_request_retries_total" + series + " " + retries,
	}, lines[:4])
	require.Regexp(t, `^kubernetes_request_seconds_total\{.*\} \d`, lines[4])
	if cluster.Server != nil {
		require.Regexp(t, `\} [1-9]`, lines[4], "the pause counts")
	}
	require.Regexp(t, `^kubernetes_received_bytes_total\{.*\} [1-9]\d\d\d`, lines[5])
}
