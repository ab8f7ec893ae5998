package attach

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
)

func TestOutputBetweenTheLogAndALateAttachIsNotLost(t *testing.T) {
	for name, test := range map[string]struct{ first, then, live, want string }{
		"the log was empty":           {"", "1\n2\n", "2\n", "1\n2\n"},
		"the log had a line":          {"0\n", "0\n1\n2\n", "2\n", "0\n1\n2\n"},
		"the log had a part of it":    {"0", "01\n2\n", "2\n", "01\n2\n"},
		"the log lacks the last line": {"0\n", "0\n1\n", "2\n", "0\n1\n2\n"},
		"nothing is between":          {"0\n", "0\n1\n", "1\n", "0\n1\n"},
		"only the log has the rest":   {"0\n", "0\n1\n", "", "0\n1\n"},
		"there is no live output":     {"0\n", "0\n", "", "0\n"},
		"there is no output":          {"", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var reads atomic.Int32
			read, started := make(chan struct{}), make(chan struct{})
			close(started)
			server := &attachServer{
				log: func() string {
					if reads.Add(1) == 1 {
						defer close(read)
						return test.first
					}
					return test.then
				},
				serve: func(_ int, p *wstest.Peer) {
					<-read
					<-time.After(2 * logPause) // the first log is done with
					if test.live != "" {
						_ = p.Message(1, test.live)
					}
					_ = p.Message(3, `{"metadata":{},"status":"Success"}`)
					_ = p.SendClose(1000)
					p.WaitClosed()
				}}
			var stdout strings.Builder
			a := server.attacher(t, PendingStart{Started: started, Done: started, State: running}, &stdout)
			state, err := a.Run(t.Context())
			require.NoError(t, err)
			require.Equal(t, State{ExitCode: 3}, state)
			require.Equal(t, test.want, stdout.String())
		})
	}
}
