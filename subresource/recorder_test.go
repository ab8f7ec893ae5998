package subresource_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/subresource"
)

// cast is a record, as a reader of asciicast v3 decodes it.
type cast struct {
	Version   int                      `json:"version"`
	Term      struct{ Cols, Rows int } `json:"term"`
	Timestamp int64                    `json:"timestamp"`
	Title     string                   `json:"title"`
	Command   string                   `json:"command"`

	stdin, stdout, stderr, shown string // shown is the output of a player
	sizes, exits                 []string
	times                        []time.Duration // of each o
}

// readCast decodes a record, and checks the format.
func readCast(t testing.TB, text string) *cast {
	t.Helper()
	require.True(t, strings.HasSuffix(text, "\n"), "%.100q", text)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	c := &cast{}
	require.NoError(t, json.Unmarshal([]byte(lines[0]), c, json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(true)), lines[0])
	var now time.Duration
	var raw *string
	var stdin, stdout, stderr, shown strings.Builder
	toStderr := false
	for _, line := range lines[1:] {
		var event []jsontext.Value
		require.NoError(t, json.Unmarshal([]byte(line), &event), line)
		require.Len(t, event, 3, line)
		var interval float64
		var code, data string
		require.NoError(t, json.Unmarshal(event[0], &interval), line)
		require.NoError(t, json.Unmarshal(event[1], &code), line)
		require.NoError(t, json.Unmarshal(event[2], &data), line)
		require.GreaterOrEqual(t, interval, 0.0)
		now += time.Duration(interval * float64(time.Second)).Round(time.Microsecond)
		switch code { // the codes about the next event
		case "e":
			toStderr = true
			continue
		case "b":
			decoded, err := base64.StdEncoding.DecodeString(data)
			require.NoError(t, err)
			raw = new(string(decoded))
			continue
		}
		exact := data
		if raw != nil {
			require.Contains(t, data, "\ufffd")
			exact = *raw
		}
		switch code {
		case "o":
			shown.WriteString(data)
			c.times = append(c.times, now)
			if toStderr {
				stderr.WriteString(exact)
			} else {
				stdout.WriteString(exact)
			}
		case "i":
			stdin.WriteString(exact)
		case "r":
			c.sizes = append(c.sizes, data)
		case "x":
			c.exits = append(c.exits, data)
		default:
			require.Fail(t, "no such event", line)
		}
		raw, toStderr = nil, false
	}
	require.Nil(t, raw, "it speaks of no event")
	require.False(t, toStderr, "it speaks of no event")
	c.stdin, c.stdout, c.stderr, c.shown = stdin.String(), stdout.String(), stderr.String(), shown.String()
	return c
}

func TestAReplayedRecordingPrintsTheProgramsOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeServer{serve: func(p *wstest.Peer) {
			_ = p.Message(1, "gr\xc3")
			time.Sleep(1500 * time.Millisecond)
			_ = p.Message(2, "oops\n")
			time.Sleep(250 * time.Millisecond)
			_ = p.Message(1, "\xbc\xc3\x9fe\r\n\x1b[1m\xe2\x82")
			finish(p, exited("7"))
		}}
		var file, stdout, stderr bytes.Buffer
		record := subresource.NewRecorder(&file, 0, 0)
		begin := time.Now()
		err := execOn(t, s, subresource.ExecOptions{Command: []string{"sh", "-c", "x \xff"}, Stdout: &stdout, Stderr: &stderr, Record: record}).Wait()
		require.ErrorAs(t, err, new(*subresource.ExitError))
		require.NoError(t, record.Close())

		c := readCast(t, file.String())
		require.Equal(t, stdout.String(), c.stdout)
		require.Equal(t, stderr.String(), c.stderr)
		require.Equal(t, "groops\nüße\r\n\x1b[1m\ufffd\ufffd", c.shown, "a character waits for its rest")
		require.Equal(t, []string{"7"}, c.exits)
		require.Equal(t, []time.Duration{0, 1500 * time.Millisecond, 1750 * time.Millisecond, 1750 * time.Millisecond}, c.times)
		require.Equal(t, begin.Unix(), c.Timestamp)
		require.Equal(t, [3]int{3, 80, 24}, [3]int{c.Version, c.Term.Cols, c.Term.Rows})
		require.Equal(t, `exec in pod web-0`, c.Title)
		require.Equal(t, "sh -c x \ufffd", c.Command)
	})
}

func TestTheTimeZeroOfARecordingIsTheStartOfTheFirstSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		record := subresource.NewRecorder(&file, 0, 0)
		time.Sleep(5 * time.Second) // before the session
		begin := time.Now()
		for range 2 {
			s := &fakeServer{serve: func(p *wstest.Peer) {
				time.Sleep(3 * time.Second)
				_ = p.Message(1, "late\n")
				finish(p, success)
			}}
			require.NoError(t, execOn(t, s, subresource.ExecOptions{Command: []string{"x"}, Stdout: io.Discard, Record: record}).Wait())
		}
		require.NoError(t, record.Close())
		c := readCast(t, file.String())
		require.Equal(t, begin.Unix(), c.Timestamp)
		require.Equal(t, []time.Duration{3 * time.Second, 6 * time.Second}, c.times)
	})
}

func TestARecordingHasInputAndResizes(t *testing.T) {
	s := &fakeServer{serve: func(p *wstest.Peer) {
		_ = p.Message(1, "$ ")
		p.Discard()
	}}
	var file bytes.Buffer
	record := subresource.NewRecorder(&file, 100, 30)
	session := execOn(t, s, subresource.ExecOptions{TTY: true, StdinPipe: true, StdoutPipe: true, Record: record})
	_, err := io.ReadFull(session.StdoutPipe(), make([]byte, 2))
	require.NoError(t, err)
	for _, size := range [][2]int{{100, 30}, {120, 40}, {120, 40}, {100, 30}} {
		require.NoError(t, session.Resize(size[0], size[1]))
	}
	_, err = io.WriteString(session.StdinPipe(), "ls\r\x00\xff")
	require.NoError(t, err)
	require.NoError(t, session.Close())
	require.ErrorIs(t, session.Wait(), subresource.ErrSessionClosed)
	require.NoError(t, record.Close())
	c := readCast(t, file.String())
	require.Equal(t, [2]int{100, 30}, [2]int{c.Term.Cols, c.Term.Rows})
	require.Equal(t, []string{"120x40", "100x30"}, c.sizes)
	require.Equal(t, "ls\r\x00\xff", c.stdin)
	require.Equal(t, "$ ", c.stdout)
	require.Empty(t, c.exits, "nobody knows the code")
}

func TestConsecutiveSessionsMakeOneRecording(t *testing.T) {
	var file bytes.Buffer
	record := subresource.NewRecorder(&file, 0, 0)
	for _, output := range []string{"", "one\xe2", "two\n"} {
		s := &fakeServer{serve: says(output, success)}
		session, err := subresource.Attach(s.pods(t)).Start(t.Context(), "web-0", subresource.AttachOptions{Container: "app", Stdout: io.Discard, TTY: new(false), Record: record})
		require.NoError(t, err)
		require.NoError(t, session.Wait())
	}
	_, err := record.Write([]byte("from the log\n"))
	require.NoError(t, err)
	record.Exit(3)
	require.NoError(t, record.Close())
	c := readCast(t, file.String())
	require.Equal(t, "one\xe2two\nfrom the log\n", c.stdout)
	require.Equal(t, []string{"3"}, c.exits, "attach tells none")
	require.Equal(t, `attach in container app of pod web-0`, c.Title)
	require.NotContains(t, file.String(), `"command"`, "an attach has none")
}

func TestASessionWithoutOutputLeavesNoRecording(t *testing.T) {
	s := &fakeServer{serve: says("", `{"status":"Failure","reason":"InternalError","message":"container not found"}`)}
	var file bytes.Buffer
	record := subresource.NewRecorder(&file, 0, 0)
	require.Error(t, execOn(t, s, subresource.ExecOptions{Stdout: io.Discard, Record: record}).Wait())
	require.NoError(t, record.Close())
	require.Empty(t, file.Bytes())
}

// fullDisk accepts room bytes and then fails.
type fullDisk struct{ room int }

var errDiskFull = errors.New("no space left on device")

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(d.room, len(p))
	d.room -= n
	if n < len(p) {
		return n, errDiskFull
	}
	return n, nil
}

func TestAFullDiskDoesNotEndTheSessionAndCloseReportsIt(t *testing.T) {
	s := &fakeServer{serve: tiny(10_000)}
	var stdout bytes.Buffer
	record := subresource.NewRecorder(&fullDisk{1000}, 0, 0)
	require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: &stdout, Record: record}).Wait())
	require.Len(t, stdout.String(), 20_000)
	require.ErrorIs(t, record.Close(), errDiskFull)
	require.ErrorIs(t, record.Close(), errDiskFull, "and each time that it is asked")
}

// stuck is a disk that blocks until it is released.
type stuck struct {
	bytes.Buffer
	free chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	return s.Buffer.Write(p)
}

func TestAStuckDiskDoesNotBlockTheSession(t *testing.T) {
	const size = 20 << 20
	for name, tc := range map[string]struct {
		size int
		want string
	}{
		"later output that fits is recorded": {1 << 20, ""},
		"the memory is bounded":              {size, "more than 16 MiB waited to be written"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &fakeServer{serve: says(strings.Repeat("x", tc.size), success)}
			disk := &stuck{free: make(chan struct{})}
			record := subresource.NewRecorder(disk, 0, 0)
			var stdout bytes.Buffer
			require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: &stdout, Record: record}).Wait())
			require.Equal(t, tc.size, stdout.Len())
			close(disk.free)
			err := record.Close()
			c := readCast(t, disk.String())
			if tc.want == "" {
				require.NoError(t, err)
				require.Equal(t, stdout.String(), c.stdout)
				return
			}
			require.ErrorContains(t, err, tc.want)
			require.Greater(t, len(c.stdout), 15<<20)
			require.True(t, strings.HasPrefix(stdout.String(), c.stdout))
		})
	}
}

func TestOneRecorderMayBeUsedByManyGoroutines(t *testing.T) {
	var file bytes.Buffer
	record := subresource.NewRecorder(&file, 0, 0)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				_, _ = record.Write([]byte("12345\n"))
			}
		})
	}
	all.Wait()
	require.NoError(t, record.Close())
	require.Len(t, readCast(t, file.String()).stdout, 8*100*6)
}

// FuzzRecorder splits its input into messages on two channels, and decodes the record again.
func FuzzRecorder(f *testing.F) {
	f.Add("plain\n", byte(1))
	f.Add("grüße \x1b[31m€𝄞\r\n", byte(2))
	f.Add("\xff\xfe\x00\xf0\x9d\x84", byte(1))
	f.Add("\xe2\x82\xe2\x82\xac\xf4\x90\x80\x80\xed\xa0\x80", byte(3))
	f.Add("\u2028\ufffd\ufffd\x7f\"\\", byte(0))
	f.Fuzz(func(t *testing.T, text string, piece byte) {
		var stdout, stderr string
		s := &fakeServer{serve: func(p *wstest.Peer) {
			size := int(piece%7) + 1
			for i := 0; i < len(text); i += size {
				_ = p.Message(byte(1+i/size%2), text[i:min(i+size, len(text))])
			}
			finish(p, success)
		}}
		size := int(piece%7) + 1
		for i := 0; i < len(text); i += size {
			part := text[i:min(i+size, len(text))]
			if i/size%2 == 0 {
				stdout += part
			} else {
				stderr += part
			}
		}
		var file bytes.Buffer
		record := subresource.NewRecorder(&file, 0, 0)
		require.NoError(t, execOn(t, s, subresource.ExecOptions{Stdout: io.Discard, Stderr: io.Discard, Record: record}).Wait())
		require.NoError(t, record.Close())
		c := readCast(t, file.String())
		require.Equal(t, stdout, c.stdout)
		require.Equal(t, stderr, c.stderr)
		require.Equal(t, []string{"0"}, c.exits)
	})
}

func TestARecordingWithoutBothSidesOfATerminalHasTheUsualSize(t *testing.T) {
	for _, size := range [][2]int{{0, 30}, {100, 0}, {-1, 30}, {100, -1}} {
		var file bytes.Buffer
		record := subresource.NewRecorder(&file, size[0], size[1])
		s := &fakeServer{serve: func(p *wstest.Peer) { finish(p, success) }}
		require.NoError(t, execOn(t, s, subresource.ExecOptions{Command: []string{"true"}, Stdout: io.Discard, Record: record}).Wait())
		require.NoError(t, record.Close())
		c := readCast(t, file.String())
		require.Equal(t, [2]int{80, 24}, [2]int{c.Term.Cols, c.Term.Rows})
	}
}
