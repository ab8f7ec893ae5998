package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
)

func TestTheProgramPrintsPodsAndLogsItsRequest(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.CreatePod(t, "web-0", clustertest.Container("sleep 3600"))
	cluster.CreatePod(t, "web-1", clustertest.Container("sleep 3600"))
	var out, log bytes.Buffer
	require.NoError(t, run(clustertest.Within(t), cluster.Config, &out, &log))
	require.Equal(t, "web-0\nweb-1\n", out.String())
	var record map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &record), log.String())
	require.Equal(t, "DEBUG", record["level"])
	require.Equal(t, "GET", record["method"])
	require.Equal(t, "/api/v1/namespaces/"+cluster.Config.Namespace+"/pods", record["path"])
	require.EqualValues(t, 200, record["code"])
	require.EqualValues(t, 1, record["attempts"])
	if cluster.Config.BearerToken != "" { // kxtest's administrator has one
		require.NotContains(t, log.String(), cluster.Config.BearerToken)
	}
}
