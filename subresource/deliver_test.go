package subresource_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/subresource"
)

// frame returns a server's frame of less than 64 KiB, so that a test can send several in one piece.
func frame(first byte, payload string) string {
	if len(payload) < 126 {
		return string([]byte{first, byte(len(payload))}) + payload
	}
	return string(binary.BigEndian.AppendUint16([]byte{first, 126}, uint16(len(payload)))) + payload
}

func TestOutputIsWrittenEvenIfNoMoreArrives(t *testing.T) {
	for sentence, wire := range map[string]string{
		"a message":                      frame(0x82, "\x01$ "),
		"a message and a ping":           frame(0x82, "\x01$ ") + frame(0x89, "?"),
		"a message and a pong":           frame(0x82, "\x01$ ") + frame(0x8a, "12345678"),
		"a message and half a frame":     frame(0x82, "\x01$ ") + "\x82",
		"a message and half a status":    frame(0x82, "\x01$ ") + "\x82\x22\x03{",
		"the first part of a message":    frame(0x02, "\x01$ "),
		"a part, and a ping":             frame(0x02, "\x01$ ") + frame(0x89, ""),
		"a part, and half of the next":   frame(0x02, "\x01$ ") + "\x00",
		"half a frame":                   "\x82\x09\x01$ ",
		"a message before an unread one": frame(0x82, "\x01$ ") + strings.Repeat(frame(0x82, "\x02"+strings.Repeat("x", 1024)), 513),
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				written := make(chan time.Duration, 10)
				stdout := writer(func(p []byte) (int, error) {
					require.Equal(t, "$ ", string(p))
					written <- time.Since(begin)
					return len(p), nil
				})
				s := &fakeServer{buffers: 1 << 20, serve: func(p *wstest.Peer) { _, _ = p.Write([]byte(wire)); _, _ = io.Copy(io.Discard, p.Conn) }}
				session := execOn(t, s, subresource.ExecOptions{Stdout: stdout, StderrPipe: true})
				time.Sleep(30 * time.Second)
				require.Len(t, written, 1)
				require.LessOrEqual(t, <-written, 50*time.Millisecond)
				require.NoError(t, session.Close())
				require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)
				require.Empty(t, written)
			})
		})
	}
}

// named is one of several writers that write to the same log.
type named struct {
	name string
	log  *bytes.Buffer
}

func (n named) Write(p []byte) (int, error) {
	fmt.Fprintf(n.log, "%s:%s ", n.name, p)
	return len(p), nil
}

func TestStdoutAndStderrAreWrittenInTheOrderOfArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeServer{serve: func(p *wstest.Peer) {
			var wire string
			for _, message := range []string{"\x01a", "\x01b", "\x02c", "\x01d", "\x02e", "\x02", "\x02f", "\x01g"} {
				wire += frame(0x82, message)
			}
			_, _ = p.Write([]byte(wire))
			finish(p, success)
		}}
		var log bytes.Buffer
		require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: named{"out", &log}, Stderr: named{"err", &log}}).Wait())
		require.Equal(t, "out:ab err:c out:d err:ef out:g ", log.String())
	})
}

func TestAWriterThatIsBothStdoutAndStderrRunsOneWriteAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeServer{serve: func(p *wstest.Peer) {
			for range 20 {
				_, _ = p.Message(1, "a"), p.Message(2, "b")
				time.Sleep(10 * time.Millisecond)
			}
			finish(p, success)
		}}
		var both struct {
			busy atomic.Bool
			got  bytes.Buffer
			io.Writer
		}
		both.Writer = writer(func(p []byte) (int, error) {
			require.True(t, both.busy.CompareAndSwap(false, true))
			defer both.busy.Store(false)
			time.Sleep(80 * time.Millisecond)
			return both.got.Write(p)
		})
		require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: &both, Stderr: &both}).Wait())
		require.Equal(t, 20, strings.Count(both.got.String(), "a"))
		require.Equal(t, 20, strings.Count(both.got.String(), "b"))
	})
	synctest.Test(t, func(t *testing.T) { // writers that == cannot compare stay as they are
		ignore := writer(func(p []byte) (int, error) { return len(p), nil })
		require.NoError(t, execOn(t, &fakeServer{serve: says("x", success)}, subresource.ExecOptions{Stdout: ignore, Stderr: ignore}).Wait())
	})
}

func TestAWriterThatReturnsTooLargeACountLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got bytes.Buffer
		boasting := writer(func(p []byte) (int, error) { got.Write(p); return len(p) + 70_000, nil })
		s := &fakeServer{serve: func(p *wstest.Peer) {
			for i := range 10 {
				_ = p.Message(1, string(pattern(i*1000, 1000)))
				time.Sleep(time.Second)
			}
			finish(p, success)
		}}
		require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: boasting}).Wait())
		require.True(t, bytes.Equal(pattern(0, 10_000), got.Bytes()))
	})
}

// pausing is a writer that sleeps in each Write, and fails if two Writes overlap.
type pausing struct {
	t     *testing.T
	pause func() time.Duration
	busy  atomic.Bool
	got   bytes.Buffer
}

func (w *pausing) Write(p []byte) (int, error) {
	require.True(w.t, w.busy.CompareAndSwap(false, true))
	defer w.busy.Store(false)
	before := bytes.Clone(p)
	time.Sleep(w.pause())
	require.True(w.t, bytes.Equal(before, p), "it stays as it is until Write returns")
	return w.got.Write(p)
}

func TestWritesAtAnyPaceLoseNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for sentence, pause := range map[string]func() time.Duration{
		"just below the limit": func() time.Duration { return 49 * time.Millisecond },
		"at the limit":         func() time.Duration { return 50 * time.Millisecond },
		"around the limit":     func() time.Duration { return 49*time.Millisecond + rand.N(2*time.Millisecond) },
		"mostly fast":          func() time.Duration { return max(0, rand.N(1020*time.Millisecond)-time.Second) * 5 },
		"sometimes minutes": func() time.Duration {
			if rand.N(10) == 0 {
				return rand.N(5 * time.Minute)
			}
			return 0
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			const total = 2 << 20
			sizes := make([]int, 2000)
			for i := range sizes {
				sizes[i] = []int{1, 100, 4096, 32 << 10, 200_000}[random.IntN(5)]
			}
			synctest.Test(t, func(t *testing.T) {
				s := &fakeServer{serve: func(p *wstest.Peer) {
					go p.Discard()
					for sent := [2]int{}; sent[0] < total || sent[1] < total; {
						i := rand.N(2)
						part := string(pattern(sent[i], min(rand.N(sizes[sent[i]%len(sizes)])+1, total-sent[i])))
						first, rest := part[:len(part)/2], part[len(part)/2:]
						sent[i] += len(part)
						if rand.N(2) == 0 {
							_ = p.Message(byte(1+i), part)
							continue
						}
						_ = p.Send(wstest.Binary, []byte(string(rune(1+i))+first))
						time.Sleep(rand.N[time.Duration](2) * 30 * time.Millisecond)
						_ = p.Send(wstest.Fin, []byte(rest))
					}
					_ = p.Message(3, success)
					_ = p.CloseWrite()
				}}
				stdout, stderr := &pausing{t: t, pause: pause}, &pausing{t: t, pause: pause}
				require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: stdout, Stderr: stderr}).Wait())
				require.True(t, bytes.Equal(pattern(0, total), stdout.got.Bytes()))
				require.True(t, bytes.Equal(pattern(0, total), stderr.got.Bytes()))
			})
		})
	}
}

func TestAWriteAndAProgramThatPauseForMinutesLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 3 << 20
		var in taken
		s := &fakeServer{serve: func(p *wstest.Peer) {
			output := async(func() error { flood(p, 1, total); return p.Message(2, "done") })
			for part := 1; part <= 3; part++ {
				time.Sleep(3 * time.Minute)
				in.until(p, part<<20)
			}
			in.until(p, 0)
			<-output
			finish(p, success)
		}}
		minutes := 0
		stdout := &pausing{t: t, pause: func() time.Duration {
			minutes++
			if minutes%7 == 1 {
				return 3 * time.Minute
			}
			return 0
		}}
		var stderr bytes.Buffer
		session := execOn(t, s, subresource.ExecOptions{Stdin: bytes.NewReader(pattern(0, total)), Stdout: stdout, Stderr: &stderr})
		require.NoError(t, session.Wait())
		require.True(t, bytes.Equal(pattern(0, total), stdout.got.Bytes()))
		require.True(t, bytes.Equal(pattern(0, total), in.data.Bytes()))
		require.Equal(t, "done", stderr.String())
		require.GreaterOrEqual(t, minutes, 14)
	})
}

func TestASlowWriteToStdoutDelaysNeitherStderrNorTheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, came := make(chan struct{}), make(chan string, 1)
		stdout := writer(func(p []byte) (int, error) { <-release; return len(p), nil })
		stderr := writer(func(p []byte) (int, error) { came <- string(p); return len(p), nil })
		ended := make(chan struct{})
		s := &fakeServer{serve: func(p *wstest.Peer) {
			defer close(ended)
			_, _ = p.Message(1, "held"), p.Message(2, "error")
			finish(p, exited("3"))
		}}
		session := execOn(t, s, subresource.ExecOptions{Stdout: stdout, Stderr: stderr})
		waiting := async(session.Wait)
		begin := time.Now()
		require.Equal(t, "error", <-came)
		require.Equal(t, 50*time.Millisecond, time.Since(begin))
		<-ended
		time.Sleep(time.Hour)
		require.Empty(t, waiting, "Wait returns after the last Write")
		close(release)
		var exit *subresource.ExitError
		require.ErrorAs(t, <-waiting, &exit)
	})
}

func TestAWriteMayCallMethodsOfItsSession(t *testing.T) {
	for sentence, tc := range map[string]struct {
		use  func(*subresource.Session) error
		want error // the error of Wait
	}{
		"to close it":         {(*subresource.Session).Close, subresource.ErrSessionClosed},
		"to close stdin":      {(*subresource.Session).CloseStdin, nil},
		"to write stdin":      {func(s *subresource.Session) error { _, err := s.StdinPipe().Write(make([]byte, 40_000)); return err }, nil},
		"to resize, and more": {func(s *subresource.Session) error { return errors.Join(s.Resize(80, 25), s.CloseStdin()) }, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The program reads stdin only after its output was read.
				s := &fakeServer{buffers: 1000, serve: func(p *wstest.Peer) {
					if p.Message(1, strings.Repeat("x", 300_000)) == nil {
						for range 2 {
							_, _ = p.NextMessage()
						}
						go p.Discard()
						_ = p.Message(3, success)
						_ = p.CloseWrite()
					}
				}}
				var session *subresource.Session
				ready := make(chan struct{})
				var once sync.Once
				stdout := writer(func(p []byte) (int, error) {
					<-ready
					var err error
					once.Do(func() { err = tc.use(session) })
					return len(p), err
				})
				begin := time.Now()
				session = execOn(t, s, subresource.ExecOptions{StdinPipe: true, Stdout: stdout, TTY: true})
				close(ready)
				if sentence == "to close stdin" {
					go func() { _ = session.Resize(1, 1) }()
				}
				require.ErrorIs(t, session.Wait(), tc.want)
				require.LessOrEqual(t, time.Since(begin), time.Second)
			})
		})
	}
}

func TestWaitWaitsForAWriteInProgress(t *testing.T) {
	for sentence, end := range map[string]func(*subresource.Session, context.CancelFunc){
		"by its context": func(_ *subresource.Session, cancel context.CancelFunc) { cancel() },
		"by Close":       func(s *subresource.Session, _ context.CancelFunc) { _ = s.Close() },
	} {
		for _, after := range []time.Duration{time.Millisecond, 49 * time.Millisecond, 50 * time.Millisecond, time.Second} {
			t.Run(fmt.Sprintf("%s after %v", sentence, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					stdout := &pausing{t: t, pause: func() time.Duration { return 2 * time.Second }}
					s := &fakeServer{serve: func(p *wstest.Peer) { go p.Discard(); _, _ = p.Message(1, "x"), p.Message(2, "y") }}
					session, err := subresource.Exec(s.pods(t)).Start(ctx, "web-0", subresource.ExecOptions{Command: []string{"x"}, Stdout: stdout, StderrPipe: true})
					require.NoError(t, err)
					begin := time.Now()
					time.Sleep(after)
					end(session, cancel)
					require.LessOrEqual(t, time.Since(begin), max(after, 50*time.Millisecond))
					require.Error(t, session.Wait())
					require.Equal(t, 2*time.Second, time.Since(begin))
					require.Equal(t, "x", stdout.got.String())
				})
			})
		}
	}
}

func TestBlockedOutputsUseAtMostSevenGoroutines(t *testing.T) {
	release := make(chan struct{})
	s := &fakeServer{serve: func(p *wstest.Peer) { _, _ = p.Message(1, "x"), p.Message(2, "y"); p.WaitClosed() }}
	pods := s.pods(t)
	r, w := io.Pipe()
	defer w.Close()
	before := runtime.NumGoroutine()
	held := make(chan struct{}, 2)
	slow := writer(func(p []byte) (int, error) { held <- struct{}{}; <-release; return len(p), nil })
	session, err := subresource.Exec(pods).Start(t.Context(), "web-0", subresource.ExecOptions{Command: []string{"program"}, Stdin: r, Stdout: slow, Stderr: slow})
	require.NoError(t, err)
	<-held
	<-held
	const bound = 7 + 1 // and that of the server
	for deadline := time.Now().Add(time.Second); runtime.NumGoroutine()-before < bound && time.Now().Before(deadline); runtime.Gosched() {
	}
	// The goroutine that dialed may not have ended yet.
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine()-before > bound && time.Now().Before(deadline); runtime.Gosched() {
	}
	require.LessOrEqual(t, runtime.NumGoroutine()-before, bound)
	close(release)
	require.NoError(t, session.Close())
	require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)
}
