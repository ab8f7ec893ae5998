package websocket

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWriteToADeadPeerEndsWithinItsLimitAndOneToASlowPeerWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		unanswered func(since time.Duration) time.Duration
		ends       time.Duration // 0: it waits
	}{
		"the peer's TCP is gone from the start": {
			func(since time.Duration) time.Duration { return since }, 65 * time.Second,
		},
		"the peer's TCP is gone after ten minutes": {
			func(since time.Duration) time.Duration { return max(0, since-10*time.Minute) }, 11*time.Minute + 5*time.Second,
		},
		"the peer's TCP answers each time": {func(time.Duration) time.Duration { return 0 }, 0},
		"the peer's TCP is asked for room each two minutes, and answers within five seconds": {
			func(since time.Duration) time.Duration {
				if since%(2*time.Minute) < 5*time.Second {
					return 2 * time.Minute
				}
				return 0
			}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe() // nobody reads far
				start := time.Now()
				paced := &PacedConn{Conn: near, unanswered: func(net.Conn) time.Duration { return tc.unanswered(time.Since(start)) }}
				ws := New(t.Context(), paced, paced, "/", "")
				reading, writing := make(chan error, 1), make(chan error, 1)
				go func() { _, err := ws.Next(); reading <- err }()
				go func() { _, err := ws.Write([]byte("x")); writing <- err }()
				if tc.ends == 0 {
					time.Sleep(time.Hour)
					require.Empty(t, reading)
					require.Empty(t, writing)
				} else {
					require.Equal(t, ErrSilent, <-reading)
					require.Equal(t, ErrSilent, <-writing)
					require.Equal(t, tc.ends, time.Since(start))
				}
				require.NoError(t, ws.Close())
				far.Close()
			})
		})
	}
}
