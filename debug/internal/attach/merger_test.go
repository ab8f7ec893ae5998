package attach

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func out(text string) chunk    { return chunk{false, []byte(text)} }
func stderr(text string) chunk { return chunk{true, []byte(text)} }

// write writes chunks to the merger as a session does.
func write(t *testing.T, m *outputMerger, chunks []chunk) {
	t.Helper()
	for _, c := range chunks {
		to := m.stdout()
		if c.stderr {
			to = m.stderr()
		}
		n, err := to.Write(c.text)
		require.NoError(t, err)
		require.Equal(t, len(c.text), n)
	}
}

func TestTheLogPrecedesTheLiveOutputAndNothingAppearsTwice(t *testing.T) {
	type chunks []chunk
	for name, test := range map[string]struct {
		log         string
		held        chunks
		out, stderr string
		ambiguous   bool
	}{
		"no output":                             {"", nil, "", "", false},
		"all output before the attach":          {"1\n2\n", nil, "1\n2\n", "", false},
		"all output after the attach":           {"1\n2\n", chunks{out("1\n2\n")}, "1\n2\n", "", false},
		"some output before the attach":         {"1\n2\n3\n", chunks{out("3\n")}, "1\n2\n3\n", "", false},
		"equal lines":                           {"y\ny\ny\n", chunks{out("y\n")}, "y\ny\ny\n", "", false},
		"an attach within a line":               {"a prompt> b\n", chunks{out("b\n")}, "a prompt> b\n", "", false},
		"an incomplete line":                    {"1\n", chunks{out("half")}, "1\nhalf", "", false},
		"complete lines and an incomplete one":  {"1\n2\n", chunks{out("2\n"), out("half")}, "1\n2\nhalf", "", false},
		"a last line without a newline":         {"1\n2", chunks{out("2")}, "1\n2", "", false},
		"two streams in another order":          {"0\no1\ne1\no2\n", chunks{stderr("e1\n"), out("o1\no2\n")}, "0\no1\no2\n", "e1\n", false},
		"two streams with incomplete lines":     {"0\n1\n", chunks{out("o"), stderr("e")}, "0\n1\no", "e", false},
		"carriage returns, which the log lacks": {"1\n2\n", chunks{out("2\r\n")}, "1\n2\r\n", "", false},
		"a log behind the stream":               {"1\n2\n", chunks{out("2\n3\n")}, "1\n2\n3\n", "", true},
		"a log ahead of the stream":             {"1\n2\n3\n4\n", chunks{out("2\n")}, "1\n2\n", "", true},
		"a log ahead of two streams":            {"0\no1\ne1\no2\n", chunks{out("o1\n"), stderr("e1\n")}, "0\no1\n", "e1\n", true},
		"a log behind a stream of equal lines":  {"y\ny\n", chunks{out("y\ny\ny\n")}, "y\ny\ny\n", "", true},
		"a log without any of the stream":       {"1\n", chunks{out("2\n3\n")}, "1\n2\n3\n", "", true},
		"a log without any of two streams":      {"1\n", chunks{out("2\n3\n"), stderr("4\n")}, "1\n2\n3\n", "4\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			m := newOutputMerger(&stdout, &stderr, false)
			write(t, m, test.held)
			require.Empty(t, stdout.String()+stderr.String(), "held until mergeLog")
			require.Equal(t, test.ambiguous, !m.matchIsExact([]byte(test.log)))
			m.mergeLog([]byte(test.log))
			require.Equal(t, test.out, stdout.String())
			require.Equal(t, test.stderr, stderr.String())
			_, _ = m.stdout().Write([]byte("later"))
			require.Equal(t, test.out+"later", stdout.String(), "written at once after mergeLog")
			m.mergeLog([]byte("again"))
			require.Equal(t, test.out+"later", stdout.String())
		})
	}
}

func TestTheOutputEqualsTheLogWheneverTheAttachHappens(t *testing.T) {
	var log strings.Builder
	for i := range 200 {
		fmt.Fprintf(&log, "line %d of some\n", i/3)
	}
	all := log.String()
	for from := range all {
		for _, to := range []int{len(all), len(all) - 1, (from + len(all)) / 2} {
			if to < from {
				continue
			}
			var stdout strings.Builder
			m := newOutputMerger(&stdout, nil, false)
			for part := range slices.Chunk([]byte(all[from:to]), 100) {
				_, _ = m.stdout().Write(part)
			}
			if to != len(all) && from > 0 && strings.Count(all[from:to], "\n") < 4 {
				continue // too short to be found among equal lines
			}
			m.mergeLog([]byte(all))
			require.Equal(t, all[:to], stdout.String(), "from %d to %d", from, to)
		}
	}
}

func TestATerminalShowsAPromptAtOnceAndTheLogAboveIt(t *testing.T) {
	var screen strings.Builder
	m := newOutputMerger(&screen, nil, true)
	_, _ = m.stdout().Write([]byte("/ # "))
	require.Empty(t, screen.String())
	m.onSessionKnown()
	require.Equal(t, "/ # ", screen.String())
	m.mergeLog([]byte("welcome\nhalf a line"))
	require.Equal(t, "/ # \r\x1b[Kwelcome\r\n/ # ", screen.String(), "the incomplete line is the prompt that was drawn anew")
}

func TestATerminalHoldsLinesUntilTheUserTypes(t *testing.T) {
	var screen strings.Builder
	m := newOutputMerger(&screen, nil, true)
	m.onSessionKnown()
	_, _ = m.stdout().Write([]byte("/ # \r\nline\r\n"))
	require.Empty(t, screen.String())
	m.onTyped()
	require.Equal(t, "/ # \r\nline\r\n", screen.String())
	_, _ = m.stdout().Write([]byte("/ # ls\r\n"))
	require.Equal(t, "/ # \r\nline\r\n/ # ls\r\n", screen.String())
	m.mergeLog([]byte("welcome\n/ # \nline\n/ # ls\n"))
	require.Equal(t, "/ # \r\nline\r\n/ # ls\r\n\r\x1b[Kwelcome\r\n", screen.String())
}

func TestNoLineIsInsertedIntoAFullScreen(t *testing.T) {
	var screen strings.Builder
	m := newOutputMerger(&screen, nil, true)
	m.onSessionKnown()
	m.onTyped()
	_, _ = m.stdout().Write([]byte("\x1b[?1049h~\r\n"))
	m.mergeLog([]byte("welcome\n\x1b[?1049h~\n"))
	require.Equal(t, "\x1b[?1049h~\r\n", screen.String())
}

var errFull = errors.New("no space left")

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, errFull }

func TestAWriteAfterMergeLogReturnsTheErrorOfHeldOutput(t *testing.T) {
	m := newOutputMerger(fullWriter{}, nil, false)
	_, err := m.stdout().Write([]byte("1\n"))
	require.NoError(t, err)
	m.mergeLog(nil)
	_, err = m.stdout().Write([]byte("2\n"))
	require.ErrorIs(t, err, errFull)
}

func TestTheFirstByteIsOutput(t *testing.T) {
	m := newOutputMerger(io.Discard, nil, false)
	for _, text := range []string{"", "x", "y"} {
		_, err := m.stdout().Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, text == "", m.isSilent(), "%q", text)
		select {
		case <-m.first:
			require.NotEmpty(t, text)
		default:
			require.Empty(t, text)
		}
	}
}

func TestAWriteBeyondTheBoundWaitsForMergeLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stdout strings.Builder
		m := newOutputMerger(&stdout, nil, false)
		_, _ = m.stdout().Write(make([]byte, maxHeld))
		written := make(chan struct{})
		go func() {
			_, _ = m.stdout().Write([]byte("more"))
			close(written)
		}()
		synctest.Wait()
		select {
		case <-written:
			t.Fatal("Write returned before mergeLog")
		default:
		}
		m.mergeLog(nil)
		<-written
		require.Equal(t, maxHeld+len("more"), stdout.Len())
	})
}

func TestALongOutputHasNoOutputCopy(t *testing.T) {
	m := newOutputMerger(io.Discard, nil, false)
	m.mergeLog([]byte{})
	_, _ = m.stdout().Write(make([]byte, maxHeld))
	require.True(t, m.hasOutputCopy())
	_, _ = m.stdout().Write([]byte("1"))
	require.False(t, m.hasOutputCopy())
	liveOnly := newOutputMerger(io.Discard, nil, false)
	liveOnly.mergeLog(nil)
	require.False(t, liveOnly.hasOutputCopy(), "the log has more than what is wanted")
}
