package attach

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAStreamThatIsWithinALineOfTheLogGoesOnWithItOrWithANewOne(t *testing.T) {
	type chunks []chunk
	for name, test := range map[string]struct {
		log         string
		held, later chunks
		out, stderr string
	}{
		"nothing follows":              {"got one\n", chunks{out("got ")}, nil, "got ", ""},
		"nothing follows other lines":  {"1\n2\ngot one\n", chunks{out("2\ngo")}, nil, "1\n2\ngo", ""},
		"the rest":                     {"got one\n", chunks{out("got ")}, chunks{out("one\n2\n")}, "got one\n2\n", ""},
		"the rest in parts":            {"got one\n", chunks{out("got ")}, chunks{out("o"), out("ne"), out("\n2\n")}, "got one\n2\n", ""},
		"a new line":                   {"> a\n", chunks{out("> ")}, chunks{out("b\n"), out("> ")}, "> a\n> b\n> ", ""},
		"a new line that begins alike": {"> ab\n", chunks{out("> ")}, chunks{out("a"), out("c\n")}, "> ab\n> ac\n", ""},
		"a line of stderr":             {"1\n2\nno\n", chunks{out("2\n"), stderr("n")}, chunks{out("3\n"), stderr("o\n")}, "1\n2\n3\n", "no\n"},
		"a new line of stderr":         {"1\n0\nno\n", chunks{out("0\n"), stderr("n")}, chunks{stderr("i\n")}, "1\n0\n", "no\nni\n"},
		"a line without an end":        {"1\nhalf", chunks{out("ha")}, chunks{out("lf")}, "1\nhalf", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			m := newOutputMerger(&stdout, &stderr, false)
			write(t, m, test.held)
			require.False(t, m.matchIsExact([]byte(test.log)))
			m.mergeLog([]byte(test.log))
			write(t, m, test.later)
			require.Equal(t, test.out, stdout.String())
			require.Equal(t, test.stderr, stderr.String())
		})
	}
}

func TestALogAfterTheEndCompletesALineThatWasCut(t *testing.T) {
	for name, log := range map[string]string{"the line": "got one\n", "a new line": "got one\ngot "} {
		t.Run(name, func(t *testing.T) {
			var stdout strings.Builder
			m := newOutputMerger(&stdout, nil, false)
			write(t, m, []chunk{out("got ")})
			m.mergeLog([]byte("got one\n"))
			m.writeMissingEnd([]byte(log))
			require.Equal(t, log, stdout.String())
		})
	}
}
