package attach

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestALogThatCannotBeReadAfterTheEndIsAnError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no log today", http.StatusInternalServerError)
	}))
	defer server.Close()
	client, err := transport.New(&kubeconfig.Config{Server: server.URL, Namespace: "default"})
	require.NoError(t, err)
	var stdout strings.Builder
	a := &Attacher{
		Pods: resources.New[resources.PodOutline](client), Pod: "web", Container: "debugger",
		AwaitExit: func(context.Context, time.Duration) (State, error) { return State{ExitCode: 3}, nil },
		output:    newOutputMerger(&stdout, nil, false),
	}
	err = a.copyEnded(t.Context(), errors.New("the container is not running"))
	require.ErrorContains(t, err, "container debugger of pod web has ended with code 3, and its log cannot be copied: ")
	require.Empty(t, stdout.String())
}
