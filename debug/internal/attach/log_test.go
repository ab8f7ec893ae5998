package attach

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestAStalledLogDelaysOutputUntilItsTimeout(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "the first line\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	client, err := transport.New(&kubeconfig.Config{Server: server.URL, Namespace: "default"})
	require.NoError(t, err)
	var stdout, notices strings.Builder
	a := &Attacher{
		Pods: resources.New[resources.PodOutline](client), Pod: "web", Container: "debugger",
		Notice: func(text string) { notices.WriteString(text) }, output: newOutputMerger(&stdout, nil, false), logTurn: make(chan struct{}, 1),
	}
	_, err = a.output.stdout().Write([]byte("live output\n"))
	require.NoError(t, err)
	a.readBeginning(t.Context(), false)
	require.Equal(t, "live output\n", stdout.String())
	require.Equal(t, "Warning: the output of container debugger before the attach is not shown: "+
		"read its log: the node has sent nothing for 10s", notices.String())
}
