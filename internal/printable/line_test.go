package printable_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/printable"
)

func TestLineKeepsColoursAndEscapesOtherSequences(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"plain text":           {"GET /x 200", "GET /x 200"},
		"tabs":                 {"a\tb", "a\tb"},
		"colours":              {"\x1b[1;31mred\x1b[m x", "\x1b[1;31mred\x1b[m x\x1b[0m"},
		"a cleared screen":     {"a\x1b[2Jb", `a\x1b[2Jb`},
		"a title":              {"\x1b]0;t\a", `\x1b]0;t\a`},
		"an unfinished colour": {"\x1b[31", `\x1b[31`},
		"a carriage return":    {"50%\r100%\r", `50%\r100%`},
		"no UTF-8":             {"\xff", `\xff`},
		"C1 controls":          {"\u009b2J", `\u009b2J`},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, test.want, printable.Line(test.text)) })
	}
}

func FuzzLine(f *testing.F) {
	f.Add("\x1b[31mred\x1b[2J\t\r")
	f.Fuzz(func(t *testing.T, text string) {
		line := printable.Line(text)
		require.Equal(t, strings.Count(line, "\x1b"), strings.Count(line, "\x1b["))
		require.NotContains(t, line, "\n")
		require.NotContains(t, line, "\r")
	})
}
