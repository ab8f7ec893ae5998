package subresource_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

var _ net.Conn = (*subresource.ForwardedConn)(nil)

const refusal = `error forwarding port 80 to pod 900351e6, uid : failed to execute portforward in network namespace "/var/run/netns/cni-6ee879ac": ` +
	`failed to connect to localhost:80 inside namespace "900351e6", IPv4: dial tcp4 127.0.0.1:80: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found `

// dialled connects to port 80 of a server that opens the connection correctly and then calls serve.
func dialled(t *testing.T, serve func(*wstest.Peer)) *subresource.ForwardedConn {
	t.Helper()
	return dialledRaw(t, func(p *wstest.Peer) {
		p.Message(0, "\x50\x00")
		p.Message(1, "\x50\x00")
		serve(p)
	})
}

func dialledRaw(t *testing.T, serve func(*wstest.Peer)) *subresource.ForwardedConn {
	t.Helper()
	s := &fakeServer{serve: serve, protocol: v4}
	c, err := subresource.PortForward(s.pods(t)).Dial(t.Context(), "web-0", 80)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestTheRequestOfAForwardedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeServer{serve: closes(1000), protocol: v4}
		pods := s.pods(t)
		c, err := subresource.PortForward(pods).Dial(t.Context(), "web-0", 80, subresource.Namespace("edge"))
		require.NoError(t, err)
		require.Equal(t, "web-0:80", c.RemoteAddr().String())
		_, err = c.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err)
		require.Equal(t, "GET", s.requests[0].Method)
		require.Equal(t, "/api/v1/namespaces/edge/pods/web-0/portforward?ports=80", s.requests[0].URL.RequestURI())
		require.Equal(t, v4, s.requests[0].Header.Get("Sec-WebSocket-Protocol"), "it has no other version")

		for _, port := range []int{-1, 0, 65536} {
			_, err = subresource.PortForward(pods).Dial(t.Context(), "web-0", port)
			require.ErrorAs(t, err, new(*resources.OptionError))
		}
		require.Equal(t, 1, s.sent())
	})
}

func TestDialContextConnectsToThePodWhateverTheAddress(t *testing.T) {
	s := &fakeServer{serve: closes(1000), protocol: v4}
	dial := subresource.PortForward(s.pods(t)).DialContext("web-0", 80, subresource.Namespace("edge"))
	for _, network := range []string{"tcp", "tcp4", "tcp6"} {
		conn, err := dial(t.Context(), network, "example.com:443")
		require.NoError(t, err)
		require.Equal(t, "web-0:80", conn.RemoteAddr().String())
		require.NoError(t, conn.Close())
	}
	require.Equal(t, "/api/v1/namespaces/edge/pods/web-0/portforward?ports=80", s.requests[0].URL.RequestURI())
	for _, network := range []string{"udp", "unix", ""} {
		conn, err := dial(t.Context(), network, "example.com:443")
		require.Equal(t, net.UnknownNetworkError(network), err)
		require.Nil(t, conn)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	conn, err := dial(canceled, "tcp", "example.com:443")
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, conn == nil, "it is no nil pointer in an interface")
}

func TestTheEndOfAForwardedConnection(t *testing.T) {
	cut := func(p *wstest.Peer) { p.Message(0, "x"); p.Close() }
	for sentence, tc := range map[string]struct {
		serve func(*wstest.Peer)
		data  string
		fails string // empty for io.EOF
		want  time.Duration
	}{
		"a close frame with code 1000":       {func(p *wstest.Peer) { p.Message(0, "hello"); closes(1000)(p) }, "hello", "", 0},
		"a close frame without a code":       {func(p *wstest.Peer) { p.Message(0, "x"); p.Send(0x88, nil); p.Discard() }, "x", "", 0},
		"a close frame with code 1001":       {func(p *wstest.Peer) { p.Message(0, "x"); closes(1001)(p) }, "x", "", 0},
		"no data":                            {closes(1000), "", "", 0},
		"4 MiB in a frame":                   {func(p *wstest.Peer) { p.Message(0, strings.Repeat("y", 4<<20)); closes(1000)(p) }, strings.Repeat("y", 4<<20), "", 0},
		"messages on another port's channel": {func(p *wstest.Peer) { p.Message(2, "?"); p.Message(255, "?"); p.Message(0, "x"); closes(1000)(p) }, "x", "", 0},
		"messages without a channel":         {func(p *wstest.Peer) { p.Send(0x82, nil); p.Message(0, "x"); closes(1000)(p) }, "x", "", 0},
		"messages without data":              {func(p *wstest.Peer) { p.Message(0, ""); p.Message(1, ""); p.Message(0, "x"); closes(1000)(p) }, "x", "", 0},
		"a refused connection":               {func(p *wstest.Peer) { p.Message(1, refusal); closes(1000)(p) }, "", `port 80 of pod web-0: connection refused: nothing in the pod listens there`, 0},
		"an error after data":                {func(p *wstest.Peer) { p.Message(0, "x"); p.Message(1, "broken pipe\n"); closes(1000)(p) }, "x", `port 80 of pod web-0: broken pipe`, 0},
		"a lost connection":                  {cut, "x", `port 80 of pod web-0: the connection to the server was lost: it was cut: unexpected EOF`, 0},
		"a server's internal error":          {func(p *wstest.Peer) { p.Message(0, "x"); closes(1011)(p) }, "x", "closed the connection with code 1011", 0},
		"silence":                            {func(p *wstest.Peer) { p.Message(0, "x"); p.WaitClosed() }, "x", transport.ErrSilent.Error(), time.Minute},
		"only pongs for an hour": {func(p *wstest.Peer) {
			go p.Discard()
			time.Sleep(time.Hour)
			p.Message(0, "x")
			p.SendClose(1000)
		}, "x", "", time.Hour},
		"a text message": {func(p *wstest.Peer) { p.Send(0x81, []byte("\x00x")); p.Discard() }, "", "text message", 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				c := dialled(t, tc.serve)
				data, err := io.ReadAll(c)
				require.Equal(t, tc.want, time.Since(begin))
				require.True(t, tc.data == string(data), "%.100q", data)
				if tc.fails == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, tc.fails)
					require.NotErrorIs(t, err, io.EOF)
					require.NotContains(t, err.Error(), "\n")
				}
				_, second := c.Read(make([]byte, 1))
				require.Error(t, second)
				require.Equal(t, err != nil, !errors.Is(second, io.EOF))
			})
		})
	}
}

func TestAForwardedConnectionBeginsWithThePortOnEachChannel(t *testing.T) {
	for sentence, tc := range map[string]struct {
		serve func(*wstest.Peer)
		fails string
	}{
		"another port":                   {func(p *wstest.Peer) { p.Message(0, "\x51\x00"); p.Discard() }, "channel 0 is that of port 81"},
		"the other byte first":           {func(p *wstest.Peer) { p.Message(0, "\x00\x50"); p.Discard() }, "channel 0 is that of port 20480"},
		"half a port":                    {func(p *wstest.Peer) { p.Message(1, "\x50"); p.Discard() }, "channel 1 does not begin with the port"},
		"no port":                        {func(p *wstest.Peer) { p.Message(0, ""); p.Discard() }, "channel 0 does not begin with the port"},
		"an error before the data began": {func(p *wstest.Peer) { p.Message(1, "\x50\x00"); p.Message(1, refusal); p.Discard() }, "connection refused"},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := io.ReadAll(dialledRaw(t, tc.serve))
				require.ErrorContains(t, err, tc.fails)
			})
		})
	}
}

func TestARefusedPortHasAnErrorOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dialled(t, func(p *wstest.Peer) { p.Message(1, refusal); closes(1000)(p) })
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		require.Equal(t, &subresource.ForwardError{Pod: "web-0", Port: 80, Message: strings.TrimSpace(refusal)}, err)
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, syscall.ECONNREFUSED, "whoever writes is told, too")

		c = dialled(t, func(p *wstest.Peer) { p.Message(1, "write: broken pipe"); closes(1000)(p) })
		_, err = c.Read(make([]byte, 1))
		require.NotErrorIs(t, err, syscall.ECONNREFUSED)
	})
}

func TestWritesAreSentInFramesOfAtMost32KiB(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := bytes.Repeat([]byte("0123456789"), 20_000)
		var got []byte
		c := dialled(t, func(p *wstest.Peer) {
			for len(got) < len(sent) {
				message, err := p.NextMessage()
				if err != nil {
					return
				}
				if len(message) > 32<<10 || message[0] != 0 {
					got = append(got, "too long, or another channel"...)
				}
				got = append(got, message[1:]...)
			}
			closes(1000)(p)
		})
		n, err := c.Write(sent)
		require.NoError(t, err)
		require.Equal(t, len(sent), n)
		_, err = io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, string(sent), string(got))
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, syscall.EPIPE)
	})
}

func TestAReaderThatPausesBlocksTheServerAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		part := strings.Repeat("z", 4000)
		c := dialled(t, func(p *wstest.Peer) {
			go p.Discard()
			for range 1000 {
				if p.Message(0, part) != nil {
					return
				}
				sent.Add(1)
			}
			p.SendClose(1000)
		})
		time.Sleep(10 * time.Minute)
		require.Less(t, sent.Load()*int64(len(part)), int64(1<<20), "no more waits than there is room for")
		data, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Len(t, data, 1000*len(part))
	})
}

func TestTheRestOfTheAnswerArrivesAfterCloseWrite(t *testing.T) {
	for sentence, tc := range map[string]struct {
		serve func(*wstest.Peer)
		want  time.Duration
		err   error
	}{
		"up to the server's end": {func(p *wstest.Peer) {
			go p.Discard()
			time.Sleep(9 * time.Second)
			p.Message(0, "la")
			time.Sleep(9 * time.Second)
			p.Message(0, "te")
			p.SendClose(1000)
		}, 18 * time.Second, nil},
		"up to 10 s of silence": {func(p *wstest.Peer) {
			go p.Discard()
			time.Sleep(5 * time.Second)
			p.Message(0, "late")
			p.WaitClosed()
		}, 15 * time.Second, subresource.ErrHalfClosed},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := dialled(t, tc.serve)
				begin := time.Now()
				require.NoError(t, c.CloseWrite())
				_, err := c.Write([]byte("x"))
				require.ErrorIs(t, err, io.ErrClosedPipe)
				data, err := io.ReadAll(c)
				require.ErrorIs(t, err, tc.err)
				require.Equal(t, "late", string(data))
				require.Equal(t, tc.want, time.Since(begin))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // while nobody reads, the server's silence does not count
		c := dialled(t, func(p *wstest.Peer) { p.Message(0, "late"); p.Discard() })
		require.NoError(t, c.CloseWrite())
		time.Sleep(time.Minute)
		data, err := io.ReadAll(c)
		require.ErrorIs(t, err, subresource.ErrHalfClosed)
		require.Equal(t, "late", string(data))
	})
	synctest.Test(t, func(t *testing.T) { // a loss still ends it
		c := dialled(t, func(p *wstest.Peer) { p.Message(0, "half"); p.Close() })
		require.NoError(t, c.CloseWrite())
		_, err := io.ReadAll(c)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

func TestTheDeadlinesOfAForwardedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := dialled(t, func(p *wstest.Peer) {
			time.Sleep(10 * time.Second)
			p.Message(0, "x")
			p.WaitClosed() // the server reads nothing
		})
		begin := time.Now()
		require.NoError(t, c.SetDeadline(begin.Add(3*time.Second)))
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 3*time.Second, time.Since(begin))
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		reading := async(func() error { _, err := c.Read(make([]byte, 1)); return err })
		require.ErrorIs(t, <-reading, os.ErrDeadlineExceeded, "it stays passed")
		require.NoError(t, c.SetDeadline(time.Time{}))
		reading = async(func() error { _, err := c.Read(make([]byte, 1)); return err })
		synctest.Wait()
		require.NoError(t, c.SetReadDeadline(time.Now().Add(-time.Second)))
		require.ErrorIs(t, <-reading, os.ErrDeadlineExceeded, "it holds for a Read that waits")
		require.NoError(t, c.SetReadDeadline(time.Time{}))
		_, err = c.Read(make([]byte, 1))
		require.NoError(t, err, "the connection is as it was")

		begin = time.Now()
		require.NoError(t, c.SetWriteDeadline(begin.Add(time.Second)))
		_, err = c.Write(make([]byte, 1<<20))
		require.Less(t, time.Since(begin), 3*time.Second)
		require.Error(t, err)
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "half a message is sent: the connection has ended")
	})
}

func TestCloseEndsAForwardedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{})
		c := dialled(t, func(p *wstest.Peer) { p.Discard(); close(gone) })
		reading := async(func() error { _, err := c.Read(make([]byte, 1)); return err })
		synctest.Wait()
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		require.ErrorIs(t, <-reading, net.ErrClosed)
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, net.ErrClosed)
		<-gone
	})
}

func TestAClosedConnectionIsFreedBeforeItsDeadline(t *testing.T) {
	closed := func() weak.Pointer[subresource.ForwardedConn] {
		s := &fakeServer{protocol: v4, serve: func(p *wstest.Peer) { p.Discard() }}
		c, err := subresource.PortForward(s.pods(t)).Dial(t.Context(), "web-0", 80)
		require.NoError(t, err)
		require.NoError(t, c.SetDeadline(time.Now().Add(24*time.Hour)))
		require.NoError(t, c.Close())
		require.NoError(t, c.SetDeadline(time.Now().Add(24*time.Hour)))
		return weak.Make(c)
	}()
	for end := time.Now().Add(time.Minute); closed.Value() != nil; runtime.GC() {
		require.True(t, time.Now().Before(end), "the connection is still referenced")
	}
}

// Each connection ends in its own way while the others go on.
func TestTwoHundredHalfClosedConnectionsEndEachInItsOwnWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		endings := []struct {
			serve func(*wstest.Peer)
			check func(*testing.T, error)
		}{
			{func(p *wstest.Peer) { p.SendClose(1000) }, func(t *testing.T, err error) { require.NoError(t, err) }},
			{func(p *wstest.Peer) { p.WaitClosed() }, func(t *testing.T, err error) { require.ErrorIs(t, err, subresource.ErrHalfClosed) }},
			{func(p *wstest.Peer) { p.Close() }, func(t *testing.T, err error) { require.ErrorIs(t, err, io.ErrUnexpectedEOF) }},
			{func(p *wstest.Peer) { p.Message(1, "broken pipe"); p.WaitClosed() }, func(t *testing.T, err error) {
				require.ErrorAs(t, err, new(*subresource.ForwardError))
			}},
		}
		type outcome struct {
			data               int
			write, read, close error
		}
		const connections = 200
		size := func(i int) int { return i * 997 }
		outcomes := make([]outcome, connections)
		var all sync.WaitGroup
		for i := range connections {
			c := dialled(t, func(p *wstest.Peer) {
				_, _ = p.NextMessage() // the question
				go p.Discard()
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				for left := size(i); left > 0; left -= 1000 {
					p.Message(0, strings.Repeat("x", min(left, 1000)))
				}
				endings[i%len(endings)].serve(p)
			})
			all.Go(func() {
				o := &outcomes[i]
				_, o.write = c.Write([]byte("question"))
				_ = c.CloseWrite() // returns nil always
				var data []byte
				data, o.read = io.ReadAll(c)
				o.data, o.close = len(data), c.Close()
			})
		}
		all.Wait()
		for i, o := range outcomes {
			require.NoError(t, o.write)
			require.Equal(t, size(i), o.data)
			endings[i%len(endings)].check(t, o.read)
			require.NoError(t, o.close)
		}
	})
}

func TestTheContextOfDialEndsOnlyTheDialling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &fakeServer{protocol: v4, serve: func(p *wstest.Peer) {
			p.Message(0, "\x50\x00")
			time.Sleep(time.Second)
			p.Message(0, "x")
			p.Discard()
		}}
		c, err := subresource.PortForward(s.pods(t)).Dial(ctx, "web-0", 80)
		require.NoError(t, err)
		defer c.Close()
		cancel()
		n, err := c.Read(make([]byte, 1))
		require.NoError(t, err)
		require.Equal(t, 1, n)

		why := errors.New("enough")
		ended, end := context.WithCancelCause(t.Context())
		end(why)
		_, err = subresource.PortForward(s.pods(t)).Dial(ended, "web-0", 80)
		require.ErrorIs(t, err, why)
	})
}
