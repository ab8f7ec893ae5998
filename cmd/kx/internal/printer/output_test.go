package printer

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestAnAnswerOnATerminalCannotDriveIt(t *testing.T) {
	var b strings.Builder
	out := &Output{Writer: &b, IsTerminal: true}
	_, err := io.Copy(out, strings.NewReader("a\tb\n\x1b]0;x\a\r\n"+strings.Repeat("é", 64<<10)+"\nend"))
	require.NoError(t, err)
	require.NoError(t, out.Flush())
	lines := strings.Split(b.String(), "\n")
	require.Equal(t, "a\tb", lines[0])
	require.Equal(t, `\x1b]0;x\a\r`, lines[1])
	require.Equal(t, "end", lines[3])
}

func TestACharacterInSeveralWritesIsOne(t *testing.T) {
	for text, want := range map[string]string{
		"é日😀":                   "é日😀",
		"\u009b2J \u202e":       `\u009b2J \u202e`,
		"\xf0\x9f\x98":          `\xf0\x9f\x98`,
		"\xf0\x9f\x98A\x80\xe2": `\xf0\x9f\x98A\x80\xe2`,
	} {
		var b strings.Builder
		out := &Output{Writer: &b, IsTerminal: true}
		_, err := io.Copy(struct{ io.Writer }{out}, iotest.OneByteReader(strings.NewReader(text)))
		require.NoError(t, err)
		require.NoError(t, out.Flush())
		require.Equal(t, want, b.String())
	}
}

func TestAPipeAndAProgramsOutputGetEachByte(t *testing.T) {
	const text = "\x1b[2J\u009b\xff\r\n\xe2"
	var b strings.Builder
	for _, out := range []*Output{{Writer: &b}, (&Output{Writer: &b, IsTerminal: true}).Unescaped()} {
		b.Reset()
		n, err := io.WriteString(out, text)
		require.NoError(t, err)
		require.NoError(t, out.Flush())
		require.Equal(t, len(text), n)
		require.Equal(t, text, b.String())
	}
}

func TestAFailedWriteIsAnErrorOfTheOutput(t *testing.T) {
	full := errors.New("disk full")
	for _, isTerminal := range []bool{false, true} {
		_, err := (&Output{Writer: brokenWriter{full}, IsTerminal: isTerminal}).Write([]byte("\x1b"))
		require.ErrorIs(t, err, full)
		require.ErrorAs(t, err, new(*OutputError))
		require.EqualError(t, err, "cannot write the output: disk full")
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }
