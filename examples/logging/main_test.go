package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestTheProgramPrintsPodsAndLogsItsRequest(t *testing.T) {
	server := kxtest.Start(t, kxtest.WithDemo())
	var out, log bytes.Buffer
	require.NoError(t, run(t.Context(), server.Config(), &out, &log))
	require.Equal(t, "distroless\nshell\n", out.String())
	var record map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &record), log.String())
	require.Equal(t, "DEBUG", record["level"])
	require.Equal(t, "GET", record["method"])
	require.Equal(t, "/api/v1/namespaces/default/pods", record["path"])
	require.EqualValues(t, 200, record["code"])
	require.EqualValues(t, 1, record["attempts"])
	require.NotContains(t, log.String(), server.Config().BearerToken)
}
