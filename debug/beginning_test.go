package debug

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatOnlyTheLogHasComesFirstAndNothingTwice(t *testing.T) {
	type pieces []piece
	out := func(text string) piece { return piece{false, []byte(text)} }
	err := func(text string) piece { return piece{true, []byte(text)} }
	for name, test := range map[string]struct {
		log      string
		held     pieces
		out, err string
		doubtful bool // which is told
	}{
		"nothing at all":                         {"", nil, "", "", false},
		"all before":                             {"1\n2\n", nil, "1\n2\n", "", false},
		"all since":                              {"1\n2\n", pieces{out("1\n2\n")}, "1\n2\n", "", false},
		"some before":                            {"1\n2\n3\n", pieces{out("3\n")}, "1\n2\n3\n", "", false},
		"lines that are the same":                {"y\ny\ny\n", pieces{out("y\n")}, "y\ny\ny\n", "", false},
		"a line that was begun before":           {"a prompt> b\n", pieces{out("b\n")}, "a prompt> b\n", "", false},
		"a line that has not ended":              {"1\n", pieces{out("half")}, "1\nhalf", "", false},
		"lines, and one that has not ended":      {"1\n2\n", pieces{out("2\n"), out("half")}, "1\n2\nhalf", "", false},
		"a last line without an end":             {"1\n2", pieces{out("2")}, "1\n2", "", false},
		"two streams, in another order":          {"0\no1\ne1\no2\n", pieces{err("e1\n"), out("o1\no2\n")}, "0\no1\no2\n", "e1\n", false},
		"two streams, and all that came before":  {"0\n1\n", pieces{out("o"), err("e")}, "0\n1\no", "e", false},
		"carriage returns, which are not logged": {"1\n2\n", pieces{out("2\r\n")}, "1\n2\r\n", "", false},
		"a log that is behind":                   {"1\n2\n", pieces{out("2\n3\n")}, "1\n2\n3\n", "", true},
		"a log that is ahead":                    {"1\n2\n3\n4\n", pieces{out("2\n")}, "1\n2\n", "", true},
		"a log that is ahead of two streams":     {"0\no1\ne1\no2\n", pieces{out("o1\n"), err("e1\n")}, "0\no1\n", "e1\n", true},
		"a log that is behind, and the same":     {"y\ny\n", pieces{out("y\ny\ny\n")}, "y\ny\ny\n", "", true},
		"a log that has none of it":              {"1\n", pieces{out("2\n3\n")}, "2\n3\n", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			b := newBeginning(&stdout, &stderr, false)
			for _, p := range test.held {
				to := b.stdout()
				if p.stderr {
					to = b.stderr()
				}
				n, err := to.Write(p.text)
				require.NoError(t, err)
				require.Equal(t, len(p.text), n)
			}
			require.Empty(t, stdout.String()+stderr.String(), "it is held back")
			require.Equal(t, test.doubtful, !b.fits([]byte(test.log)))
			b.settle([]byte(test.log))
			require.Equal(t, test.out, stdout.String())
			require.Equal(t, test.err, stderr.String())
			_, _ = b.stdout().Write([]byte("later"))
			require.Equal(t, test.out+"later", stdout.String(), "nothing is held back any more")
			b.settle([]byte("again"))
			require.Equal(t, test.out+"later", stdout.String())
		})
	}
}

func TestWhereverTheAttachComesTheOutputIsTheLogs(t *testing.T) {
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
			b := newBeginning(&stdout, nil, false)
			for part := range slices.Chunk([]byte(all[from:to]), 100) {
				_, _ = b.stdout().Write(part)
			}
			if to != len(all) && from > 0 && strings.Count(all[from:to], "\n") < 4 {
				continue // too little to find the place
			}
			b.settle([]byte(all))
			require.Equal(t, all[:to], stdout.String(), "from %d to %d", from, to)
		}
	}
}

func TestATerminalShowsAPromptAtOnceAndWhatCameBeforeAboveIt(t *testing.T) {
	var screen strings.Builder
	b := newBeginning(&screen, nil, true)
	_, _ = b.stdout().Write([]byte("/ # "))
	require.Empty(t, screen.String())
	b.start()
	require.Equal(t, "/ # ", screen.String())
	b.settle([]byte("welcome\nhalf a line"))
	require.Equal(t, "/ # \r\x1b[Kwelcome\r\n/ # ", screen.String(), "a line that was begun before is the one that was drawn anew")
}

func TestATerminalHoldsLinesBackUntilSomebodyTypes(t *testing.T) {
	var screen strings.Builder
	b := newBeginning(&screen, nil, true)
	b.start()
	_, _ = b.stdout().Write([]byte("/ # \r\nline\r\n"))
	require.Empty(t, screen.String())
	b.answer()
	require.Equal(t, "/ # \r\nline\r\n", screen.String())
	_, _ = b.stdout().Write([]byte("/ # ls\r\n"))
	require.Equal(t, "/ # \r\nline\r\n/ # ls\r\n", screen.String())
	b.settle([]byte("welcome\n/ # \nline\n/ # ls\n"))
	require.Equal(t, "/ # \r\nline\r\n/ # ls\r\n\r\x1b[Kwelcome\r\n", screen.String())
}

func TestNothingIsPutIntoAFullScreen(t *testing.T) {
	var screen strings.Builder
	b := newBeginning(&screen, nil, true)
	b.start()
	b.answer()
	_, _ = b.stdout().Write([]byte("\x1b[?1049h~\r\n"))
	b.settle([]byte("welcome\n\x1b[?1049h~\n"))
	require.Equal(t, "\x1b[?1049h~\r\n", screen.String())
}

type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAnErrorOfWhatWasHeldBackIsToldByTheNextWrite(t *testing.T) {
	b := newBeginning(full{}, nil, false)
	_, err := b.stdout().Write([]byte("1\n"))
	require.NoError(t, err)
	b.settle(nil)
	_, err = b.stdout().Write([]byte("2\n"))
	require.ErrorIs(t, err, errFull)
}

func TestNoMoreIsHeldBackThanTheBound(t *testing.T) {
	var stdout strings.Builder
	b := newBeginning(&stdout, nil, false)
	_, _ = b.stdout().Write(make([]byte, maxHeld))
	written := make(chan struct{})
	go func() {
		_, _ = b.stdout().Write([]byte("more"))
		close(written)
	}()
	select {
	case <-written:
		t.Fatal("it was taken")
	default:
	}
	b.settle(nil)
	<-written
	require.Equal(t, maxHeld+len("more"), stdout.Len())
}

func TestWhatOnlyTheLogHasOfTheEndComesLast(t *testing.T) {
	for name, test := range map[string]struct {
		before, whole  string
		live           []piece
		stdout, stderr string
	}{
		"nothing is missing":                {"1\n", "1\n2\n", []piece{{false, []byte("2\n")}}, "1\n2\n", ""},
		"a last line":                       {"1\n", "1\n2\n3\n", []piece{{false, []byte("2\n")}}, "1\n2\n3\n", ""},
		"half a line":                       {"", "1\n2\n", []piece{{false, []byte("1\n2")}}, "1\n2\n", ""},
		"all":                               {"", "1\n2\n", nil, "1\n2\n", ""},
		"a line on another stream":          {"", "o\ne\nlast\n", []piece{{false, []byte("o\n")}, {true, []byte("e\n")}}, "o\nlast\n", "e\n"},
		"half a line of stderr":             {"", "o\nerr\n", []piece{{false, []byte("o\n")}, {true, []byte("er")}}, "o\n", "err\n"},
		"a log that has lost its beginning": {"1\n", "7\n8\n9\n", []piece{{false, []byte("2\n")}}, "1\n2\n", ""},
		"carriage returns":                  {"", "1\n2\n3\n", []piece{{false, []byte("1\r\n2\r\n")}}, "1\r\n2\r\n3\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			b := newBeginning(&stdout, &stderr, false)
			b.settle([]byte(test.before))
			for _, p := range test.live {
				to := b.stdout()
				if p.stderr {
					to = b.stderr()
				}
				_, err := to.Write(p.text)
				require.NoError(t, err)
			}
			require.True(t, b.ends())
			b.finish([]byte(test.whole))
			require.Equal(t, test.stdout, stdout.String())
			require.Equal(t, test.stderr, stderr.String())
		})
	}
}

func TestALongOutputIsNotKeptForTheEnd(t *testing.T) {
	b := newBeginning(io.Discard, nil, false)
	b.settle([]byte{})
	_, _ = b.stdout().Write(make([]byte, maxHeld))
	require.True(t, b.ends())
	_, _ = b.stdout().Write([]byte("1"))
	require.False(t, b.ends())
	unread := newBeginning(io.Discard, nil, false)
	unread.settle(nil)
	require.False(t, unread.ends(), "without its beginning nothing can be told")
}
