package websocket_test

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/transport/internal/websocket"
)

func TestAPingIsSentEveryFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, peer := pair(t.Context(), t, 64<<10)
		start := time.Now()
		for i := range 100 {
			f, err := peer.Next()
			require.NoError(t, err)
			require.Equal(t, byte(wstest.Ping), f.Opcode)
			require.Equal(t, time.Duration(i+1)*5*time.Second, time.Since(start))
		}
		require.NoError(t, ws.Close())
	})
}

func TestAPeerThatSendsNothingForAMinuteIsDead(t *testing.T) {
	for sentence, tc := range map[string]struct {
		send  func(*wstest.Peer)
		after time.Duration
	}{
		"from the start": {func(*wstest.Peer) {}, time.Minute},
		"after half of a frame": {func(p *wstest.Peer) { time.Sleep(7 * time.Second); p.Write([]byte{0x82, 9, 'a'}) },
			67 * time.Second},
		"after a message": {func(p *wstest.Peer) { time.Sleep(3 * time.Second); p.Message(1, "x") }, 63 * time.Second},
		"after a pong":    {func(p *wstest.Peer) { f, _ := p.Next(); p.Send(0x8a, f.Payload) }, 65 * time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ws, peer := pair(t.Context(), t, 64<<10)
				start := time.Now()
				go tc.send(peer)
				_, _, err := message(ws)
				for err == nil {
					_, _, err = message(ws)
				}
				require.Equal(t, websocket.ErrSilent, err)
				require.Equal(t, tc.after, time.Since(start))
				_, err = ws.Write([]byte("x"))
				require.Equal(t, websocket.ErrSilent, err)
				peer.WaitClosed()
				require.NoError(t, ws.Close())
			})
		})
	}
}

func TestAPeerThatIsSlowIsNotDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, peer := pair(t.Context(), t, 64<<10)
		go func() {
			for _, b := range []byte{0x82, 3, 'a', 'b', 'c', 0x88, 0} {
				time.Sleep(59 * time.Second)
				_, _ = peer.Write([]byte{b})
			}
		}()
		_, got, err := message(ws)
		require.NoError(t, err)
		require.Equal(t, "abc", got)
		_, err = ws.Next()
		require.Equal(t, &websocket.CloseError{Code: 1005}, err)
		require.NoError(t, ws.Close())
	})
}

func TestTheClockStopsWhileTheCallerDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, peer := pair(t.Context(), t, 64<<10)
		go peer.Discard()
		require.NoError(t, peer.Message(1, "one"))
		require.NoError(t, peer.Message(1, "two"))
		for _, want := range []string{"\x01one", "\x01two"} {
			time.Sleep(10 * time.Minute)
			_, got, err := message(ws)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		require.NoError(t, ws.Close())
	})
}

// slowPeers are two ways to be slow: data waits in buffers, or a write waits for room.
var slowPeers = map[string]struct{ buffers, data int }{
	"a write waits":     {1000, 32_000},
	"data waits unread": {16 << 20, 1 << 20},
}

func TestTheClockStopsWhileThePeerReadsNothing(t *testing.T) {
	for sentence, tc := range slowPeers {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ws, peer := pair(t.Context(), t, tc.buffers)
				reading := async(func() error { _, err := ws.Next(); return err })
				writing := async(func() error {
					for sent := 0; sent < tc.data; sent += 32_000 {
						if _, err := ws.Write(make([]byte, 32_000)); err != nil {
							return err
						}
					}
					return nil
				})
				time.Sleep(20 * time.Minute)
				synctest.Wait()
				require.Empty(t, reading)
				go peer.Discard() // answers pings again
				require.NoError(t, <-writing)
				time.Sleep(20 * time.Minute)
				require.Empty(t, reading)
				require.NoError(t, ws.Close())
				require.Equal(t, net.ErrClosed, <-reading)
			})
		})
	}
}

func TestAPeerThatDiesAfterItHeldUpAWriteIsDetected(t *testing.T) {
	for sentence, tc := range slowPeers {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ws, peer := pair(t.Context(), t, tc.buffers)
				reading := async(func() error { _, err := ws.Next(); return err })
				writing := async(func() error {
					for sent := 0; sent < tc.data; sent += 32_000 {
						if _, err := ws.Write(make([]byte, 32_000)); err != nil {
							return err
						}
					}
					return nil
				})
				time.Sleep(20 * time.Minute)
				for got := 0; got < tc.data; {
					m, err := peer.NextMessage()
					require.NoError(t, err)
					got += len(m)
				}
				require.NoError(t, <-writing)
				// The pongs acknowledge the data.
				for alive := time.Now(); time.Since(alive) < time.Minute; {
					f, err := peer.Next()
					require.NoError(t, err)
					require.NoError(t, peer.Send(0x8a, f.Payload))
				}
				died := time.Now()
				require.Equal(t, websocket.ErrSilent, <-reading)
				require.Equal(t, time.Minute, time.Since(died))
				require.NoError(t, ws.Close())
			})
		})
	}
}

func TestAFewUnansweredBytesDoNotHideADeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, _ := pair(t.Context(), t, 16<<20)
		start := time.Now()
		reading := async(func() error { _, err := ws.Next(); return err })
		for range 30 { // keystrokes into a dead session
			time.Sleep(time.Second)
			_, err := ws.Write([]byte("\x00ls\n"))
			require.NoError(t, err)
		}
		require.Equal(t, websocket.ErrSilent, <-reading)
		require.Equal(t, time.Minute, time.Since(start))
		require.NoError(t, ws.Close())
	})
}

func TestAPongThatClaimsMoreThanWasSentIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ws, peer := pair(t.Context(), t, 16<<20)
		reading := async(func() error { _, err := ws.Next(); return err })
		for range 10 {
			_, err := ws.Write(make([]byte, 32_000))
			require.NoError(t, err)
		}
		for _, claim := range []string{"\x7f\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff", "short",
			"longer than a number"} {
			require.NoError(t, peer.Send(0x8a, []byte(claim)))
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Empty(t, reading)
		require.NoError(t, ws.Close())
		require.Equal(t, net.ErrClosed, <-reading)
	})
}
