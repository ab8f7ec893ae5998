package subresource_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// taken is the stdin that a program read.
type taken struct {
	mu     sync.Mutex
	data   bytes.Buffer
	closes []int // how many bytes had arrived at each EOF
	sizes  []int // of the messages
}

// take makes the program read stdin up to EOF or the end of the connection, and end with status.
func (s *taken) take(status string) func(*wstest.Peer) {
	return func(p *wstest.Peer) {
		s.until(p, 0)
		finish(p, status)
	}
}

// until reads stdin up to EOF, or until n bytes have arrived if n is not 0.
func (s *taken) until(p *wstest.Peer, n int) {
	for {
		m, err := p.NextMessage()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.sizes = append(s.sizes, len(m))
		switch {
		case string(m) == "\xff\x00":
			s.closes = append(s.closes, s.data.Len())
			s.mu.Unlock()
			return
		case len(m) > 0 && m[0] == 0:
			s.data.Write(m[1:])
		}
		enough := n > 0 && s.data.Len() >= n
		s.mu.Unlock()
		if enough {
			return
		}
	}
}

func TestStdinIsSentUpToEOFAndClosedOnce(t *testing.T) {
	for _, n := range []int{0, 1, transport.MaxMessage - 1, transport.MaxMessage, 3 << 20} {
		for way, o := range map[string]subresource.ExecOptions{
			"Stdin":     {Stdin: bytes.NewReader(pattern(0, n))},
			"StdinPipe": {StdinPipe: true},
		} {
			synctest.Test(t, func(t *testing.T) {
				var got taken
				session := execOn(t, &fakeServer{serve: got.take(success)}, o)
				require.True(t, session.CanCloseStdin())
				pipe := session.StdinPipe()
				if pipe != nil {
					k, err := pipe.Write(pattern(0, n))
					require.NoError(t, err)
					require.Equal(t, n, k)
					require.NoError(t, pipe.Close())
					require.NoError(t, pipe.Close())
					k, err = pipe.Write([]byte("x"))
					require.ErrorIs(t, err, io.ErrClosedPipe)
					require.Zero(t, k)
				}
				require.NoError(t, session.Wait())
				require.NoError(t, session.CloseStdin(), "it is closed already")
				require.True(t, bytes.Equal(pattern(0, n), got.data.Bytes()), "%s, %d bytes", way, n)
				require.Equal(t, []int{n}, got.closes)
				full := n / (transport.MaxMessage - 1)
				for i, size := range got.sizes {
					require.LessOrEqual(t, size, transport.MaxMessage)
					require.True(t, size == transport.MaxMessage || i >= full, "message %d of %d is full", i, full)
				}
			})
		}
	}
}

func TestAServerThatCannotCloseStdinIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got taken
		s := &fakeServer{protocol: v4, serve: func(p *wstest.Peer) {
			got.until(p, 5)
			time.Sleep(time.Second) // in the bubble's time: the client reads EOF meanwhile
			finish(p, success)
		}}
		var warnings []string
		handler := transport.WithWarningHandler(func(w transport.Warning) { warnings = append(warnings, w.Text) })
		session := execOn(t, s, subresource.ExecOptions{Stdin: strings.NewReader("hello")}, handler)
		require.False(t, session.CanCloseStdin())
		require.NoError(t, session.Wait())
		synctest.Wait()
		const warning = `exec in pod web-0: close stdin: the server speaks v4.channel.k8s.io, which cannot signal the end of stdin: the program may wait for input forever`
		require.Equal(t, []string{warning}, warnings)
		require.Equal(t, "hello", got.data.String())
		require.Empty(t, got.closes)

		session = execOn(t, &fakeServer{protocol: v4, serve: (*wstest.Peer).Discard}, subresource.ExecOptions{StdinPipe: true})
		err := session.CloseStdin()
		require.ErrorIs(t, err, subresource.ErrCannotCloseStdin)
		require.EqualError(t, err, warning)
		require.NoError(t, session.Close())
	})
}

func TestConcurrentWritesToStdinStayWholeAndPrecedeEOF(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got taken
		session := execOn(t, &fakeServer{serve: got.take(success), buffers: 1000}, subresource.ExecOptions{StdinPipe: true})
		var writing sync.WaitGroup
		for i := range 8 {
			writing.Go(func() {
				line := bytes.Repeat([]byte{byte('a' + i)}, 50_000)
				_, err := session.StdinPipe().Write(line)
				require.NoError(t, err)
			})
		}
		writing.Wait()
		require.NoError(t, session.CloseStdin())
		require.NoError(t, session.Wait())
		require.Equal(t, []int{400_000}, got.closes)
		seen := map[byte]bool{}
		for block := range slices.Chunk(got.data.Bytes(), 50_000) {
			require.Equal(t, bytes.Repeat(block[:1], 50_000), block)
			seen[block[0]] = true
		}
		require.Len(t, seen, 8)
	})
}

func TestAFailingReaderOfStdinEndsStdinAndIsReported(t *testing.T) {
	broken := errors.New("disk on fire")
	synctest.Test(t, func(t *testing.T) {
		var got taken
		err := execOn(t, &fakeServer{serve: got.take(success)}, subresource.ExecOptions{Stdin: &failing{5, broken}}).Wait()
		require.ErrorIs(t, err, broken)
		require.EqualError(t, err, `exec in pod web-0: read stdin: disk on fire`)
		require.Equal(t, []int{5}, got.closes)
		err = execOn(t, &fakeServer{serve: got.take(exited("3"))}, subresource.ExecOptions{Stdin: &failing{5, broken}}).Wait()
		var exit *subresource.ExitError
		require.ErrorAs(t, err, &exit)
	})
}

func TestAProgramMayEndBeforeItsInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := execOn(t, &fakeServer{serve: says("", exited("1"))}, subresource.ExecOptions{StdinPipe: true})
		var exit *subresource.ExitError
		require.ErrorAs(t, session.Wait(), &exit)
		_, err := session.StdinPipe().Write([]byte("x"))
		require.ErrorContains(t, err, `exec in pod web-0: the session has ended`)
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorContains(t, session.CloseStdin(), "the session has ended")

		session = execOn(t, &fakeServer{serve: says("", success)}, subresource.ExecOptions{Stdout: io.Discard})
		require.EqualError(t, session.CloseStdin(), `exec in pod web-0: close stdin: the session has no stdin`)
		require.NoError(t, session.Wait())
	})
}

func TestAPendingReadOfStdinIsInterruptedIfPossible(t *testing.T) {
	// A pipe of the operating system, like a program's stdin.
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	// A connection in memory.
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	for _, end := range []struct {
		in  io.Reader
		out io.Writer
	}{{r, w}, {a, b}} {
		for range 3 {
			session := execOn(t, &fakeServer{serve: says("", success)}, subresource.ExecOptions{Stdin: end.in})
			require.NoError(t, session.Wait())
		}
		go func() { _, _ = end.out.Write([]byte("left for others")) }()
		got := make([]byte, 15)
		_, err := io.ReadFull(end.in, got)
		require.NoError(t, err)
		require.Equal(t, "left for others", string(got))
	}
}

func TestWaitDoesNotWaitForAnUninterruptibleReadOfStdin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		session := execOn(t, &fakeServer{serve: says("", exited("4"))}, subresource.ExecOptions{Stdin: r})
		var exit *subresource.ExitError
		require.ErrorAs(t, session.Wait(), &exit)
		require.NoError(t, w.Close())
	})
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		idle := reader(func([]byte) (int, error) { reads.Add(1); time.Sleep(time.Millisecond); return 0, nil })
		s := &fakeServer{serve: func(p *wstest.Peer) {
			time.Sleep(time.Second) // of the bubble's clock: the client reads stdin meanwhile
			finish(p, success)
		}}
		session := execOn(t, s, subresource.ExecOptions{Stdin: idle})
		require.NoError(t, session.Wait())
		before := reads.Load()
		require.Positive(t, before)
		time.Sleep(time.Second) // of the bubble's clock
		require.Equal(t, before, reads.Load(), "a reader without input is not read again")
	})
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

func TestAProgramThatReadsNothingForTwoMinutesLosesNoInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got taken
		s := &fakeServer{serve: func(p *wstest.Peer) {
			time.Sleep(2 * time.Minute)
			got.until(p, 1<<20)
			time.Sleep(2 * time.Minute)
			got.take(success)(p)
		}}
		session := execOn(t, s, subresource.ExecOptions{Stdin: bytes.NewReader(pattern(0, 3<<20)), Stdout: io.Discard})
		require.NoError(t, session.Wait())
		require.True(t, bytes.Equal(pattern(0, 3<<20), got.data.Bytes()))
		require.Equal(t, []int{3 << 20}, got.closes)
	})
}
