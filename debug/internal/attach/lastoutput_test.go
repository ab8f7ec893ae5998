package attach

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/subresource"
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
			var stdout strings.Builder
			a := server.attacher(t, PendingStart{Started: started, Done: done, State: func() (State, error) {
				<-lost
				for range 1000 {
					runtime.Gosched() // the session ends meanwhile
				}
				return running()
			}}, &stdout)
			_, err := a.Run(t.Context())
			require.ErrorAs(t, err, new(*subresource.LostError))
			require.Equal(t, "early\nlive\n", stdout.String())
		})
	}
}
