package subresource

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// readParts returns what a reader splits a log into, what follows the last newline, and the error.
func readParts(r io.Reader) (parts []logPart, rest string, err error) {
	l := &logReader{r: r}
	for {
		part, err := l.next()
		if err != nil {
			return parts, string(l.unread()), err
		}
		part.text = bytes.Clone(part.text)
		parts = append(parts, part)
	}
}

func TestALogWithTimestampsIsSplitIntoLines(t *testing.T) {
	const stamp = "2026-01-02T03:04:05.000000006Z "
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	line := func(text string) logPart {
		return logPart{time: at, text: []byte(text), first: true, newline: true}
	}
	long := strings.Repeat("x", MaxLogLine)
	for sentence, test := range map[string]struct {
		log   string
		parts []logPart
		rest  string
		err   error
	}{
		"nothing":                    {"", nil, "", io.EOF},
		"two lines":                  {stamp + "a\n" + stamp + "b c\n", []logPart{line("a"), line("b c")}, "", io.EOF},
		"an empty line":              {stamp + "\n", []logPart{line("")}, "", io.EOF},
		"a line without newline":     {stamp + "a\n" + stamp + "b", []logPart{line("a")}, stamp + "b", io.EOF},
		"a carriage return":          {stamp + "a\r\n", []logPart{line("a\r")}, "", io.EOF},
		"a time of another zone":     {"2026-01-02T04:04:05.000000006+01:00 a\n", []logPart{line("a")}, "", io.EOF},
		"a line without a time":      {stamp + "a\nb\n", []logPart{line("a")}, "b\n", errNoTimestamp},
		"an invalid time":            {"2026-13-02T03:04:05Z a\n", nil, "2026-13-02T03:04:05Z a\n", errNoTimestamp},
		"an empty line without time": {"\n", nil, "\n", errNoTimestamp},
		"no space":                   {strings.Repeat("x", 100), nil, strings.Repeat("x", 100), errNoTimestamp},
		"a line of the longest size": {stamp + long[:MaxLogLine-len(stamp)] + "\n", []logPart{line(long[:MaxLogLine-len(stamp)])}, "", io.EOF},
		"a longer line": {stamp + long + long + "\n" + stamp + "a\n", []logPart{
			{time: at, text: []byte(long[:MaxLogLine-len(stamp)]), first: true},
			{time: at, text: []byte(long)},
			{time: at, text: []byte(long[:len(stamp)]), newline: true},
			line("a"),
		}, "", io.EOF},
		"a long text without a time": {strings.Repeat("a ", MaxLogLine), nil, "", errNoTimestamp},
	} {
		t.Run(sentence, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.log), iotest.HalfReader(strings.NewReader(test.log))} {
				parts, rest, err := readParts(r)
				require.ErrorIs(t, err, test.err)
				require.Len(t, parts, len(test.parts))
				for i, want := range test.parts {
					require.True(t, want.time.Equal(parts[i].time))
					parts[i].time = want.time
					require.Equal(t, want, parts[i])
				}
				if test.rest != "" {
					require.Equal(t, test.rest, rest)
				}
			}
		})
	}
}

func TestALineWithoutEndIsReadWithinABound(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("2026-01-02T03:04:05Z "), endlessText{})
	l := &logReader{r: endless}
	for range 50 {
		part, err := l.next()
		require.NoError(t, err)
		require.LessOrEqual(t, len(part.text), MaxLogLine)
		require.LessOrEqual(t, cap(l.buffer), 2*MaxLogLine)
	}
}

type endlessText struct{}

func (endlessText) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// The texts of the parts are the log without its timestamps, however the network splits it.
func FuzzLogReader(f *testing.F) {
	f.Add([]byte("2026-01-02T03:04:05.6Z a\n2026-01-02T03:04:05.6Z \n2026-01-02T03:04:06Z b"), 3)
	f.Add([]byte("2026-01-02T03:04:05+01:00 a\nb\n"), 1)
	f.Add([]byte("<html>\n"), 2)
	f.Fuzz(func(t *testing.T, log []byte, size int) {
		whole, rest, err := readParts(bytes.NewReader(log))
		split, splitRest, splitErr := readParts(&chunkReader{log, 1 + max(size, -size)%64})
		require.Equal(t, errors.Is(err, io.EOF), errors.Is(splitErr, io.EOF))
		require.Equal(t, whole, split)
		if errors.Is(err, io.EOF) {
			require.Equal(t, rest, splitRest)
		}
		var texts []string
		for _, part := range whole {
			require.LessOrEqual(t, len(part.text), MaxLogLine)
			if part.first {
				texts = append(texts, "")
			}
			texts[len(texts)-1] += string(part.text)
		}
		var want []string
		for line := range strings.SplitSeq(string(log), "\n") {
			stamp, text, ok := strings.Cut(line, " ")
			_, err := time.Parse(time.RFC3339Nano, stamp)
			if !ok || err != nil || len(stamp) >= maxTimestamp {
				break
			}
			want = append(want, text)
		}
		if rest != "" && len(want) > len(texts) {
			want = want[:len(texts)] // the last one has no newline
		}
		require.Equal(t, strings.Join(want, "\n"), strings.Join(texts, "\n"))
	})
}

// chunkReader returns at most size bytes at once.
type chunkReader struct {
	text []byte
	size int
}

func (r *chunkReader) Read(p []byte) (int, error) {
	if len(r.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[:min(len(r.text), r.size)])
	r.text = r.text[n:]
	return n, nil
}
