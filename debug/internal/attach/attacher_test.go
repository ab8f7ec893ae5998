package attach

import (
	"context"
	"errors"
	"fmt"
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
		output:    newOutputMerger(&stdout, nil, false), logTurn: make(chan struct{}, 1),
	}
	err = a.copyEnded(t.Context(), errors.New("the container is not running"))
	require.ErrorContains(t, err, "container debugger of pod web has ended with code 3, and its log cannot be copied: ")
	require.Empty(t, stdout.String())
}

func TestTheStatusMayBeLateIfTheNodeSaysThatTheContainerDoesNotRun(t *testing.T) {
	for message, want := range map[string]time.Duration{
		"unable to upgrade connection: container debugger not found in pod web_default":                                        ExitTimeout,
		"error attaching to container: rpc error: container is in CONTAINER_EXITED state":                                      ExitTimeout,
		"error attaching to container: rpc error: code = Unknown desc = failed to load task: no running task found: not found": refusedAttachTimeout,
	} {
		var limits []time.Duration
		a := &Attacher{Pod: "web", Container: "debugger",
			AwaitExit: func(_ context.Context, limit time.Duration) (State, error) {
				limits = append(limits, limit)
				return State{}, context.DeadlineExceeded
			}}
		refusal := &transport.StatusError{Status: transport.Status{Message: message}}
		require.ErrorIs(t, a.copyEnded(t.Context(), refusal), refusal)
		require.Equal(t, []time.Duration{want}, limits, message)
	}
}

func TestWithoutTheRightToReadThePodTheErrorOfAnEndedContainerNamesTheRight(t *testing.T) {
	exited := &transport.StatusError{Status: transport.Status{Message: "container is in CONTAINER_EXITED state"}}
	forbidden := fmt.Errorf("its exit code is unknown: %w", transport.ErrForbidden)
	a := &Attacher{Pod: "web", Container: "debugger",
		AwaitExit: func(context.Context, time.Duration) (State, error) { return State{}, forbidden }}
	require.Equal(t, forbidden, a.copyEnded(t.Context(), exited))
}
