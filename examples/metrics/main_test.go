package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestTheProgramPrintsTheMetricsOfItsRequests(t *testing.T) {
	server := kxtest.Start(t, kxtest.WithDemo())
	server.Fault(kxtest.Fault{Method: "GET", Path: "/api/v1/namespaces/default/pods", Then: kxtest.AnswerStatus(429, "TooManyRequests", "busy", time.Second)})
	var out strings.Builder
	require.NoError(t, run(t.Context(), server.Config(), &out))
	const series = `{verb="list",resource="pods",subresource="",code="200"}`
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, []string{
		"distroless", "shell", "kubernetes_requests_total" + series + " 1", "kubernetes_request_retries_total" + series + " 1",
	}, lines[:4])
	require.Regexp(t, `^kubernetes_request_seconds_total\{.*\} [1-9]`, lines[4], "the pause counts")
	require.Regexp(t, `^kubernetes_received_bytes_total\{.*\} [1-9]\d\d\d`, lines[5])
}
