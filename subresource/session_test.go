package subresource_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// async calls f in a goroutine, and returns a channel for its error.
func async(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

// execOn starts an exec on s.
func execOn(t testing.TB, s *fakeServer, o subresource.ExecOptions, opts ...transport.Option) *subresource.Session {
	t.Helper()
	if o.Command == nil {
		o.Command = []string{"program"}
	}
	session, err := subresource.Exec(s.pods(t, opts...)).Start(t.Context(), "web-0", o)
	require.NoError(t, err)
	return session
}

func TestTheResultOfASession(t *testing.T) {
	long := strings.Repeat("x", 4<<20)
	type frames = func(*wstest.Peer)
	for sentence, tc := range map[string]struct {
		serve          frames
		stdout, stderr string
		exit           int    // in an ExitError
		status         string // the text of a StatusError
		lost           string // the text of a LostError
		unknown        bool   // an UnknownExitCodeError
		want           time.Duration
	}{
		"success": {serve: says("hello", success), stdout: "hello"},
		"stdout and stderr stay apart": {serve: func(p *wstest.Peer) {
			_, _, _, _ = p.Message(1, "a"), p.Message(2, "b"), p.Message(1, "c"), p.Message(2, "d")
			finish(p, success)
		}, stdout: "ac", stderr: "bd"},
		"a code":                            {serve: says("x", exited("7")), stdout: "x", exit: 7},
		"the highest code":                  {serve: says("", exited("255")), exit: 255},
		"an exit code of Windows":           {serve: says("", exited("3221225786")), exit: 3221225786},
		"exit code 0 in a failure":          {serve: says("", exited("0")), unknown: true},
		"an exit code that is not a number": {serve: says("", exited("many")), unknown: true},
		"a failure without a cause":         {serve: says("", `{"status":"Failure","reason":"NonZeroExitCode"}`), unknown: true},
		"a failure with another cause":      {serve: says("", `{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"Other","message":"1"}]}}`), unknown: true},
		"a failure to run": {serve: says("", `{"status":"Failure","reason":"InternalError","message":"unable to upgrade connection: container X not found in pod web-0","code":500}`),
			status: "container X not found in pod web-0 (500)"},
		"an empty status":             {serve: says("", `{}`), status: "the server reported a failure without a message"},
		"a status that is null":       {serve: says("", `null`), status: "the server reported a failure without a message"},
		"a status that is not JSON":   {serve: says("", "command failed"), lost: `the server's status cannot be read: "command failed"`},
		"half a status":               {serve: says("", success[:20]), lost: "the server's status cannot be read"},
		"a status longer than 64 KiB": {serve: says("", strings.Repeat(" ", 70<<10)), lost: "the server's status is longer than 65536 bytes"},
		"a status of 64 KiB":          {serve: says("", `{"status":"Success","message":"`+strings.Repeat("y", 65000)+`"}`)},
		"a status in two parts":       {serve: func(p *wstest.Peer) { p.Message(3, success[:9]); p.Message(1, "x"); finish(p, success[9:]) }, stdout: "x"},
		"a status in two frames": {serve: func(p *wstest.Peer) {
			p.Send(2, []byte("\x03"+success[:9]))
			p.Send(0x80, []byte(success[9:]))
			finish(p, "")
		}},
		"a status before the last output": {serve: func(p *wstest.Peer) {
			p.Message(3, success)
			p.Message(1, "late")
			p.Message(2, "later")
			finish(p, "")
		}, stdout: "late", stderr: "later"},
		"a status and more after it": {serve: func(p *wstest.Peer) { p.Message(3, exited("3")); finish(p, success) }, exit: 3},
		"empty messages": {serve: func(p *wstest.Peer) {
			for _, channel := range []string{"", "\x00", "\x01", "\x02", "\x03", "\x04", "\xff"} {
				_ = p.Send(0x82, []byte(channel))
			}
			says("x", success)(p)
		}, stdout: "x"},
		"an unknown channel": {serve: func(p *wstest.Peer) {
			p.Message(9, "?")
			p.Message(0, "?")
			p.Message(255, "\x01")
			says("x", success)(p)
		}, stdout: "x"},
		"a frame of 4 MiB": {serve: says(long, success), stdout: long},
		"a message in three frames": {serve: func(p *wstest.Peer) {
			p.Send(2, []byte("\x01a"))
			p.Send(0, nil)
			p.Send(0x80, []byte("b"))
			finish(p, success)
		}, stdout: "ab"},
		"a channel byte by itself":       {serve: func(p *wstest.Peer) { p.Send(2, []byte("\x01")); p.Send(0x80, []byte("b")); finish(p, success) }, stdout: "b"},
		"10,000 tiny frames":             {serve: tiny(10_000), stdout: strings.Repeat("ab", 10_000)},
		"a text frame":                   {serve: func(p *wstest.Peer) { p.Message(1, "x"); p.Send(0x81, []byte("\x01y")); p.Discard() }, stdout: "x", lost: "text message"},
		"closed at once":                 {serve: func(p *wstest.Peer) { p.Close() }, lost: "the connection was cut"},
		"closed after the output":        {serve: func(p *wstest.Peer) { p.Message(1, "x"); p.CloseWrite(); p.Discard() }, stdout: "x", lost: "the connection was cut"},
		"closed in half a frame":         {serve: func(p *wstest.Peer) { p.Write([]byte{0x82, 9, 1, 'x', 'y'}); p.Close() }, stdout: "xy", lost: "the connection was cut"},
		"closed in the status":           {serve: func(p *wstest.Peer) { p.Write(append([]byte{0x82, 34, 3}, success[:9]...)); p.Close() }, lost: "the connection was cut"},
		"closed after the status":        {serve: func(p *wstest.Peer) { p.Message(3, exited("4")); p.Close() }, exit: 4},
		"half a frame after the status":  {serve: func(p *wstest.Peer) { p.Message(3, success); p.Write([]byte{0x82, 9, 1, 'x'}); p.Close() }, stdout: "x"},
		"code 1000 without a status":     {serve: closes(1000), lost: "closed the connection with code 1000"},
		"code 1001":                      {serve: closes(1001), lost: "closed the connection with code 1001"},
		"code 1005":                      {serve: func(p *wstest.Peer) { p.Send(0x88, nil); p.Discard() }, lost: "closed the connection with code 1005"},
		"code 1006":                      {serve: closes(1006), lost: "closed the connection with code 1006"},
		"code 1011":                      {serve: closes(1011), lost: "closed the connection with code 1011"},
		"silence":                        {serve: func(p *wstest.Peer) { p.Message(1, "x"); p.WaitClosed() }, stdout: "x", lost: "nothing came for 1m0s", want: time.Minute},
		"silence within a frame":         {serve: func(p *wstest.Peer) { p.Write([]byte{0x82, 9, 1, 'x'}); p.WaitClosed() }, stdout: "x", lost: "nothing came for 1m0s", want: time.Minute},
		"a status without a close frame": {serve: func(p *wstest.Peer) { p.Message(3, exited("5")); p.Discard() }, exit: 5, want: time.Second},
		"a status, and output that the network delays": {serve: func(p *wstest.Peer) {
			_ = p.Message(3, success)
			time.Sleep(900 * time.Millisecond)
			says("late", "")(p)
		}, stdout: "late", want: 900 * time.Millisecond},
		"a status, and output without an end": {serve: func(p *wstest.Peer) {
			_ = p.Message(3, exited("6"))
			for range 3 {
				time.Sleep(300 * time.Millisecond)
				p.Message(1, "x")
			}
			p.WaitClosed()
		}, stdout: "xxx", exit: 6, want: time.Second},
		"a status, and a message without an end": {serve: func(p *wstest.Peer) {
			_ = p.Message(3, exited("6"))
			_, _ = p.Write([]byte{0x82, 0x7f, 0, 0, 1, 0, 0, 0, 0, 0, 9})
			for range 3 {
				time.Sleep(300 * time.Millisecond)
				p.Write([]byte("x"))
			}
			p.WaitClosed()
		}, exit: 6, want: time.Second},
		"a status and then half a frame": {serve: func(p *wstest.Peer) { p.Message(3, success); p.Write([]byte{0x82, 9, 1, 'x'}); p.WaitClosed() }, stdout: "x", want: time.Second},
		"only pongs for an hour": {serve: func(p *wstest.Peer) {
			go p.Discard()
			time.Sleep(90 * time.Minute)
			p.Message(1, "x")
			p.Message(3, success)
			p.CloseWrite()
		}, stdout: "x", want: 90 * time.Minute},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stdout, stderr bytes.Buffer
				s := &fakeServer{serve: tc.serve}
				begin := time.Now()
				err := execOn(t, s, subresource.ExecOptions{Stdout: &stdout, Stderr: &stderr}).Wait()
				require.Equal(t, tc.want, time.Since(begin))
				require.True(t, tc.stdout == stdout.String(), "%.100q", stdout.String())
				require.Equal(t, tc.stderr, stderr.String())
				var exit *subresource.ExitError
				var lost *subresource.LostError
				var status *transport.StatusError
				require.Equal(t, tc.exit != 0, errors.As(err, &exit), "%v", err)
				require.Equal(t, tc.lost != "", errors.As(err, &lost), "%v", err)
				require.Equal(t, tc.status != "", errors.As(err, &status), "%v", err)
				if tc.unknown {
					require.Equal(t, &subresource.UnknownExitCodeError{What: `exec in pod web-0`}, err)
					require.EqualError(t, err, `exec in pod web-0: the program failed, but the server did not report its exit code`)
				}
				switch {
				case exit != nil:
					require.Equal(t, &subresource.ExitError{What: `exec in pod web-0`, Code: tc.exit}, exit)
				case err != nil:
					require.ErrorContains(t, err, tc.lost+tc.status)
					require.NotContains(t, err.Error(), "\n")
				}
				if lost != nil {
					require.ErrorContains(t, err, `exec in pod web-0: the stream was lost before the program's exit status arrived; the program may still run: `)
				}
			})
		})
	}
}

func closes(code int) func(*wstest.Peer) {
	return func(p *wstest.Peer) { _ = p.SendClose(code); p.Discard() }
}

func tiny(n int) func(*wstest.Peer) {
	return func(p *wstest.Peer) {
		for range n {
			_, _ = p.Message(1, "a"), p.Message(1, "b")
		}
		finish(p, success)
	}
}

// flood sends n bytes on a channel, with a period of 251, and returns them.
func flood(p *wstest.Peer, channel byte, n int) {
	for sent := 0; sent < n; sent += 10_000 {
		if p.Message(channel, string(pattern(sent, min(10_000, n-sent)))) != nil {
			return
		}
	}
}

func pattern(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((from + i) % 251)
	}
	return b
}

func TestAReaderThatPausesTwoMinutesLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const total = 3 << 20
		s := &fakeServer{serve: func(p *wstest.Peer) {
			go p.Discard()
			flood(p, 1, total)
			_ = p.Message(3, success)
			_ = p.CloseWrite()
		}}
		session := execOn(t, s, subresource.ExecOptions{StdoutPipe: true})
		out := session.StdoutPipe()
		var got []byte
		for range 4 {
			time.Sleep(2 * time.Minute)
			part := make([]byte, 700_000)
			_, err := io.ReadFull(out, part)
			require.NoError(t, err)
			got = append(got, part...)
		}
		time.Sleep(2 * time.Minute)
		tail, err := io.ReadAll(out)
		require.NoError(t, err)
		require.True(t, bytes.Equal(pattern(0, total), append(got, tail...)))
		require.NoError(t, session.Wait())
	})
}

func TestAReaderThatPausesLosesNothingThatFollowsTheStatus(t *testing.T) {
	const total = 3 << 20
	serve := func(p *wstest.Peer) {
		go p.Discard()
		_ = p.Message(3, success)
		flood(p, 1, total)
		p.WaitClosed()
	}
	t.Run("from a pipe", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			session := execOn(t, &fakeServer{serve: serve}, subresource.ExecOptions{StdoutPipe: true})
			var got []byte
			for range 4 {
				time.Sleep(2 * time.Minute)
				part := make([]byte, 700_000)
				_, err := io.ReadFull(session.StdoutPipe(), part)
				require.NoError(t, err)
				got = append(got, part...)
			}
			tail, err := io.ReadAll(session.StdoutPipe())
			require.NoError(t, err)
			require.True(t, bytes.Equal(pattern(0, total), append(got, tail...)))
			require.NoError(t, session.Wait())
		})
	})
	for pause := range map[time.Duration]bool{10 * time.Millisecond: true, time.Minute: true} {
		t.Run("in writes of "+pause.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got bytes.Buffer
				slow := writer(func(p []byte) (int, error) { time.Sleep(pause); return got.Write(p) })
				require.NoError(t, execOn(t, &fakeServer{serve: serve}, subresource.ExecOptions{Stdout: slow}).Wait())
				require.True(t, bytes.Equal(pattern(0, total), got.Bytes()))
			})
		})
	}
}

// The clock of a bubble stands still while the server sends.
func TestAfterTheStatusOneSecondThenTheEnd(t *testing.T) {
	s := &fakeServer{serve: func(p *wstest.Peer) {
		go p.Discard()
		_ = p.Message(3, exited("6"))
		for p.Message(1, "more") == nil {
		}
	}}
	ended := async(execOn(t, s, subresource.ExecOptions{Stdout: io.Discard}).Wait)
	select {
	case err := <-ended:
		require.Equal(t, &subresource.ExitError{What: "exec in pod web-0", Code: 6}, err)
	case <-time.After(time.Minute):
		require.Fail(t, "the session goes on")
	}
}

func TestAnUnreadStdoutBlocksTheRestOnlyOnceItsBufferIsFull(t *testing.T) {
	for sentence, tc := range map[string]struct {
		bytes int
		ends  bool
	}{
		"half of the limit":         {256 << 10, true},
		"the limit":                 {512 << 10, true},
		"one byte more":             {512<<10 + 1, false},
		"much more than the limit":  {2 << 20, false},
		"the limit in tiny amounts": {-1, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stderr bytes.Buffer
				s := &fakeServer{serve: func(p *wstest.Peer) {
					go p.Discard()
					if tc.bytes < 0 {
						for i := range 51200 {
							_ = p.Message(1, string(pattern(i*10, 10)))
						}
					} else {
						flood(p, 1, tc.bytes)
					}
					_ = p.Message(2, "error")
					_ = p.Message(3, success)
					_ = p.CloseWrite()
				}}
				session := execOn(t, s, subresource.ExecOptions{StdoutPipe: true, Stderr: &stderr})
				waiting := async(session.Wait)
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				require.Equal(t, tc.ends, len(waiting) == 1)
				got, err := io.ReadAll(session.StdoutPipe())
				require.NoError(t, err)
				if tc.bytes < 0 {
					tc.bytes = 512000
				}
				require.True(t, bytes.Equal(pattern(0, tc.bytes), got))
				require.NoError(t, <-waiting)
				require.Equal(t, "error", stderr.String())
			})
		})
	}
}

// failing is a reader and a writer that fails after some bytes.
type failing struct {
	left int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	f.left -= len(p)
	if f.left < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func (f *failing) Read(p []byte) (int, error) {
	if f.left <= 0 {
		return 0, f.err
	}
	n := min(len(p), f.left)
	f.left -= n
	return n, nil
}

func TestAWriterThatFailsEndsTheSession(t *testing.T) {
	broken := errors.New("broken pipe")
	for sentence, o := range map[string]subresource.ExecOptions{
		"stdout": {Stdout: &failing{100_000, broken}},
		"stderr": {Stderr: &failing{100_000, broken}, Stdout: io.Discard},
		"short":  {Stdout: shortWriter{}},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan struct{})
				s := &fakeServer{serve: func(p *wstest.Peer) { // yes
					defer close(ended)
					for p.Message(1, "y\n") == nil && p.Message(2, "y\n") == nil {
					}
				}}
				begin := time.Now()
				err := execOn(t, s, o).Wait()
				require.Zero(t, time.Since(begin))
				if sentence == "short" {
					require.ErrorIs(t, err, io.ErrShortWrite)
				} else {
					require.EqualError(t, err, `exec in pod web-0: write `+sentence+`: broken pipe`)
					require.ErrorIs(t, err, broken)
				}
				<-ended
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		err := execOn(t, &fakeServer{serve: says("hello", success)}, subresource.ExecOptions{Stdout: &failing{0, broken}}).Wait()
		require.ErrorIs(t, err, broken, "where the program itself ended well")
	})
	synctest.Test(t, func(t *testing.T) {
		slow := writer(func(p []byte) (int, error) { time.Sleep(time.Second); return 0, broken })
		err := execOn(t, &fakeServer{serve: says("hello", exited("6"))}, subresource.ExecOptions{Stdout: slow}).Wait()
		var exit *subresource.ExitError
		require.ErrorAs(t, err, &exit, "the code says more")
	})
}

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) / 2, nil }

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestClosingAPipeDropsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		s := &fakeServer{serve: func(p *wstest.Peer) {
			go p.Discard()
			flood(p, 1, 2<<20)
			_ = p.Message(2, "error")
			_ = p.Message(3, exited("1"))
			_ = p.CloseWrite()
		}}
		session := execOn(t, s, subresource.ExecOptions{StdoutPipe: true, Stderr: &stderr})
		out := session.StdoutPipe()
		_, err := io.ReadFull(out, make([]byte, 10))
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, out.Close())
		require.NoError(t, out.Close())
		_, err = out.Read(make([]byte, 10))
		require.Equal(t, io.ErrClosedPipe, err)
		var exit *subresource.ExitError
		require.ErrorAs(t, session.Wait(), &exit)
		require.Equal(t, "error", stderr.String())
	})
	synctest.Test(t, func(t *testing.T) {
		session := execOn(t, &fakeServer{serve: (*wstest.Peer).Discard}, subresource.ExecOptions{StdoutPipe: true})
		reading := async(func() error { _, err := session.StdoutPipe().Read(make([]byte, 10)); return err })
		synctest.Wait()
		require.NoError(t, session.StdoutPipe().Close())
		require.Equal(t, io.ErrClosedPipe, <-reading)
		require.NoError(t, session.Close())
	})
}

func TestPipesExistIfRequested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeServer{serve: says("hello", success)}
		session := execOn(t, s, subresource.ExecOptions{Stdin: strings.NewReader(""), Stdout: io.Discard})
		require.True(t, session.StdinPipe() == nil && session.StdoutPipe() == nil && session.StderrPipe() == nil)
		require.NoError(t, session.Wait())
		session = execOn(t, s, subresource.ExecOptions{StdoutPipe: true, StderrPipe: true})
		require.True(t, session.StdinPipe() == nil, "the session has no stdin")
		require.NoError(t, session.Wait())
		out, err := io.ReadAll(session.StdoutPipe())
		require.NoError(t, err, "what was not read can still be")
		require.Equal(t, "hello", string(out))
		out, err = io.ReadAll(session.StderrPipe())
		require.NoError(t, err)
		require.Empty(t, out)
		n, err := session.StdoutPipe().Read(nil)
		require.True(t, n == 0 && err == nil)
	})
}

func TestResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frames := make(chan string, 10)
		s := &fakeServer{serve: func(p *wstest.Peer) {
			for range 2 {
				m, _ := p.NextMessage()
				frames <- string(m)
			}
			finish(p, success)
		}}
		session := execOn(t, s, subresource.ExecOptions{StdoutPipe: true, TTY: true})
		require.True(t, session.TTY())
		for _, size := range [][2]int{{0, 1}, {1, 0}, {-1, 5}, {65536, 1}, {1, 65536}} {
			require.ErrorContains(t, session.Resize(size[0], size[1]), "is not the size of a terminal")
		}
		require.NoError(t, session.Resize(120, 40))
		require.NoError(t, session.Resize(65535, 65535))
		require.Equal(t, "\x04"+`{"Width":120,"Height":40}`, <-frames)
		require.Equal(t, "\x04"+`{"Width":65535,"Height":65535}`, <-frames)
		require.NoError(t, session.Wait())
		require.ErrorContains(t, session.Resize(1, 1), `exec in pod web-0: the session has ended`)
		session = execOn(t, &fakeServer{serve: says("", success)}, subresource.ExecOptions{Stdout: io.Discard})
		require.EqualError(t, session.Resize(120, 40), `exec in pod web-0: resize: the program has no terminal`)
		require.NoError(t, session.Wait())
	})
}

// stages are the moments at which the client may end a session.
var stages = map[string]struct {
	serve func(*wstest.Peer)
	o     subresource.ExecOptions
}{
	"before the first output":     {(*wstest.Peer).Discard, subresource.ExecOptions{StdoutPipe: true}},
	"while stdout is unread":      {func(p *wstest.Peer) { go p.Discard(); flood(p, 1, 2<<20) }, subresource.ExecOptions{StdoutPipe: true}},
	"while stderr is unread":      {func(p *wstest.Peer) { go p.Discard(); flood(p, 2, 2<<20) }, subresource.ExecOptions{StderrPipe: true}},
	"while stdin is blocked":      {func(p *wstest.Peer) { p.WaitClosed() }, subresource.ExecOptions{Stdin: &failing{1 << 30, io.EOF}}},
	"within half a frame":         {func(p *wstest.Peer) { p.Write([]byte{0x82, 9, 1}); p.Discard() }, subresource.ExecOptions{Stdout: io.Discard}},
	"while output and input flow": {func(p *wstest.Peer) { go flood(p, 1, 1<<30); p.Discard() }, subresource.ExecOptions{Stdin: &failing{1 << 30, io.EOF}, StdoutPipe: true}},
}

func TestCancellingEndsASessionAtEveryStage(t *testing.T) {
	for sentence, stage := range stages {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cause := errors.New("enough")
				ctx, cancel := context.WithCancelCause(t.Context())
				o := stage.o
				o.Command = []string{"program"}
				if f, ok := o.Stdin.(*failing); ok {
					o.Stdin = &failing{f.left, f.err}
				}
				s := &fakeServer{serve: stage.serve}
				session, err := subresource.Exec(s.pods(t)).Start(ctx, "web-0", o)
				require.NoError(t, err)
				if sentence != "while output and input flow" {
					synctest.Wait()
				}
				cancel(cause)
				begin := time.Now()
				err = session.Wait()
				require.Zero(t, time.Since(begin))
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, cause)
				require.EqualError(t, err, `exec in pod web-0: enough; the program may still run`)
				require.NoError(t, session.Close())
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &fakeServer{serve: (*wstest.Peer).Discard}
		api := s.pods(t)
		cancel()
		_, err := subresource.Exec(api).Start(ctx, "web-0", subresource.ExecOptions{Command: []string{"x"}, Stdout: io.Discard})
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, s.sent(), "nothing is sent")
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s := &fakeServer{serve: func(p *wstest.Peer) { p.Message(1, "x"); p.Message(3, exited("9")); p.Discard() }}
		session, err := subresource.Exec(s.pods(t)).Start(ctx, "web-0", subresource.ExecOptions{Command: []string{"x"}, StdoutPipe: true})
		require.NoError(t, err)
		synctest.Wait()
		cancel() // after the status, which counts
		var exit *subresource.ExitError
		require.ErrorAs(t, session.Wait(), &exit)
		out, err := io.ReadAll(session.StdoutPipe())
		require.NoError(t, err)
		require.Equal(t, "x", string(out))
	})
}

func TestCloseEndsASessionAtEveryStage(t *testing.T) {
	for sentence, stage := range stages {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := stage.o
				if f, ok := o.Stdin.(*failing); ok {
					o.Stdin = &failing{f.left, f.err}
				}
				session := execOn(t, &fakeServer{serve: stage.serve}, o)
				if sentence != "while output and input flow" {
					synctest.Wait()
				}
				waiting := async(session.Wait)
				begin := time.Now()
				var closing sync.WaitGroup
				for range 3 {
					closing.Go(func() { _ = session.Close() })
				}
				closing.Wait()
				require.Zero(t, time.Since(begin))
				err := <-waiting
				require.ErrorIs(t, err, subresource.ErrSessionClosed)
				require.EqualError(t, err, `exec in pod web-0: the session was closed`)
				require.NoError(t, session.Close())
				require.Equal(t, err, session.Wait())
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		session := execOn(t, &fakeServer{serve: says("x", exited("2"))}, subresource.ExecOptions{Stdout: io.Discard})
		err := session.Wait()
		require.NoError(t, session.Close())
		require.Equal(t, err, session.Wait(), "the outcome stays")
	})
	synctest.Test(t, func(t *testing.T) {
		var session *subresource.Session
		ready := make(chan struct{})
		closer := writer(func(p []byte) (int, error) { <-ready; return len(p), session.Close() })
		session = execOn(t, &fakeServer{serve: func(p *wstest.Peer) { go p.Discard(); flood(p, 1, 2<<20) }}, subresource.ExecOptions{Stdout: closer})
		close(ready)
		require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed, "also from within Stdout's Write")
	})
}

func TestContradictionsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	s := &fakeServer{serve: (*wstest.Peer).Discard}
	pods := s.pods(t)
	r, w := strings.NewReader(""), io.Discard
	yes := true
	for _, o := range []subresource.ExecOptions{{Stdin: r}, {StdinPipe: true}, {TTY: true}} {
		o.Command, o.Stdout, o.PassThrough = []string{"x"}, w, true
		_, err := subresource.Exec(pods).Start(t.Context(), "web-0", o)
		require.EqualError(t, err, "option ExecOptions.PassThrough: it is for sessions without stdin and terminal")
	}
	for option, o := range map[string]subresource.ExecOptions{
		"ExecOptions.Command":    {Stdout: w},
		"ExecOptions.Stdout":     {Command: []string{"x"}},
		"ExecOptions.StdinPipe":  {Command: []string{"x"}, Stdin: r, StdinPipe: true},
		"ExecOptions.StdoutPipe": {Command: []string{"x"}, Stdout: w, StdoutPipe: true},
		"ExecOptions.StderrPipe": {Command: []string{"x"}, Stderr: w, StderrPipe: true},
		"ExecOptions.TTY":        {Command: []string{"x"}, Stdout: w, Stderr: w, TTY: true},
	} {
		_, err := subresource.Exec(pods).Start(t.Context(), "web-0", o)
		var contradiction *resources.OptionError
		require.ErrorAs(t, err, &contradiction)
		require.Equal(t, option, contradiction.Option)
	}
	_, err := subresource.Exec(pods).Start(t.Context(), "web-0", subresource.ExecOptions{Command: []string{""}, Stdout: w})
	require.ErrorContains(t, err, "name the program to run")
	for _, o := range []subresource.ExecOptions{{Stdout: w}, {Stderr: w}, {StdinPipe: true}, {StdoutPipe: true}, {StderrPipe: true}} {
		o.Command = []string{"x"}
		_, err = subresource.Exec(pods).Run(t.Context(), "web-0", o)
		require.ErrorContains(t, err, "use Start")
	}
	for option, o := range map[string]subresource.AttachOptions{
		"AttachOptions.Stdout":    {},
		"AttachOptions.StdinPipe": {Stdin: r, StdinPipe: true},
		"AttachOptions.TTY":       {Stderr: w, TTY: &yes},
	} {
		_, err := subresource.Attach(pods).Start(t.Context(), "web-0", o)
		var contradiction *resources.OptionError
		require.ErrorAs(t, err, &contradiction)
		require.Equal(t, option, contradiction.Option)
	}
	_, err = subresource.Exec(pods).Start(t.Context(), "a/b", subresource.ExecOptions{Command: []string{"x"}, Stdout: w})
	require.ErrorContains(t, err, "invalid name")
	require.Zero(t, s.sent())
}

func TestASessionThatNoAPIServerKeepsAliveSendsAnEmptyMessageEachHalfMinute(t *testing.T) {
	for protocol, want := range map[string]int{v4: 4, v5: 0} {
		t.Run(protocol, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var messages [][]byte
				s := &fakeServer{protocol: protocol, serve: func(p *wstest.Peer) {
					timer := time.AfterFunc(125*time.Second, func() { _ = p.Message(3, success) })
					defer timer.Stop()
					for {
						message, err := p.NextMessage()
						if err != nil {
							p.Close()
							return
						}
						messages = append(messages, message)
					}
				}}
				require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: io.Discard}).Wait())
				synctest.Wait()
				require.Len(t, messages, want)
				for _, message := range messages {
					require.Empty(t, message)
				}
			})
		})
	}
}

func TestARefusalByTheNodeIsNotOneOfTheRequest(t *testing.T) {
	for sentence, tc := range map[string]struct {
		code       int
		body       string
		translated bool
		want       string
		is         error
	}{
		"no container":        {code: 500, body: `container not found ("app")`, want: `Internal error occurred: unable to upgrade connection: container not found ("app") (500)`, is: transport.ErrInternal},
		"no pod":              {code: 404, body: "pod does not exist", want: "Internal error occurred: unable to upgrade connection: pod does not exist (500)", is: transport.ErrInternal},
		"unauthorized":        {code: 401, body: "Unauthorized", want: "Internal error occurred: unable to upgrade connection: Unauthorized (500)", is: transport.ErrInternal},
		"forbidden":           {code: 403, body: "Forbidden", want: "Internal error occurred: unable to upgrade connection: Forbidden (500)", is: transport.ErrInternal},
		"a page of a proxy":   {code: 500, body: "<html>down</html>", want: "the server answered 500 Internal Server Error without a Status: <html>down</html>; a proxy may have answered in the API server's place", is: transport.ErrInternal},
		"a gateway":           {code: 502, body: "down", want: "the server answered 502 Bad Gateway without a Status: down; a proxy may have answered in the API server's place"},
		"a proxy":             {code: 407, body: "Proxy Authentication Required", want: "the server answered 407 Proxy Authentication Required without a Status: Proxy Authentication Required; a proxy may have answered in the API server's place"},
		"no reason":           {code: 403, want: "the server answered 403 Forbidden; a proxy may have answered in the API server's place", is: transport.ErrForbidden},
		"a Status":            {code: 404, body: `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"message":"pods \"web-0\" not found"}`, want: `pods "web-0" not found (404)`, is: transport.ErrNotFound},
		"a translated answer": {code: 404, body: "no such page", translated: true, want: "the server answered 404 Not Found without a Status: no such page; a proxy may have answered in the API server's place", is: transport.ErrNotFound},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := &fakeServer{refusal: tc.body, code: tc.code}
			_, err := subresource.Exec(s.pods(t)).Start(t.Context(), "web-0",
				subresource.ExecOptions{Command: []string{"x"}, Stdout: io.Discard, PassThrough: !tc.translated})
			require.EqualError(t, err, "GET /api/v1/namespaces/default/pods/web-0/exec: "+tc.want)
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
		})
	}
}
