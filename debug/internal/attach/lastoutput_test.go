package attach

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestASessionWhoseOutputCameJustBeforeItsLossHasReachedTheProgram(t *testing.T) {
	for attempt := range 16 { // the end and the output are there at once: select takes any of them
		t.Run(fmt.Sprint(attempt), func(t *testing.T) {
			started, done, lost := make(chan struct{}), make(chan struct{}), make(chan struct{})
			close(started)
			server := &attachServer{log: func() string { return "early\nlive\n" }, serve: func(_ int, p *wstest.Peer) {
				close(done)
				_ = p.Message(1, "live\n")
				_ = p.CloseWrite()
				p.WaitClosed()
				close(lost)
			}}
			config := &kubeconfig.Config{Server: "https://kx.invalid:6443", Namespace: "default"}
			client, err := transport.New(config,
				transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return server }))
			require.NoError(t, err)
			defer client.Close()
			var stdout strings.Builder
			a := &Attacher{
				Pods: resources.New[resources.PodOutline](client), Pod: "web", Container: "debugger", Stdout: &stdout,
				Start: PendingStart{Started: started, Done: done, State: func() (State, error) {
					<-lost
					for range 1000 {
						runtime.Gosched() // the session ends meanwhile
					}
					return State{Running: true}, nil
				}},
				AwaitExit: func(context.Context, time.Duration) (State, error) { return State{}, nil },
				OnRunning: func(context.Context) {},
			}
			_, err = a.Run(t.Context())
			require.ErrorAs(t, err, new(*subresource.LostError))
			require.Equal(t, "early\nlive\n", stdout.String())
		})
	}
}
