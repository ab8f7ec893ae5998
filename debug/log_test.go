package debug

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

func TestALogThatStopsInTheMiddleHoldsNothingBackForEver(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "the first line\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer server.Close()
	client, err := transport.New(&kubeconfig.Config{Server: server.URL, Namespace: "default"})
	require.NoError(t, err)
	var stdout, told strings.Builder
	o := &Options{Notice: func(text string) { told.WriteString(text) }}
	j := &joining{pods: resources.New[resources.PodOutline](client), res: &Result{Pod: "web", Container: "debugger"}, o: o, begin: newBeginning(&stdout, nil, false)}
	_, err = j.begin.stdout().Write([]byte("what came since\n"))
	require.NoError(t, err)
	j.readBeginning(t.Context())
	require.Equal(t, "what came since\n", stdout.String())
	require.Equal(t, `what container "debugger" wrote before it was attached to is not shown: reading its log: the node has sent nothing for 10s`, told.String())
}
