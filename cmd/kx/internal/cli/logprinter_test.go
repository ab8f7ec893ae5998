package cli

import (
	"bufio"
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/subresource"
)

func TestLogPrinterStartsALineForEachContainer(t *testing.T) {
	lines := []subresource.LogLine{
		{Pod: "a", Container: "c", Text: "one"}, {Pod: "a", Container: "c", Text: "two ", Partial: true},
		{Pod: "a", Container: "c", Text: "parts", Partial: true}, {Pod: "b", Container: "c", Text: "\x1b[2J\x1b[31mred"},
	}
	for name, test := range map[string]struct {
		printer logPrinter
		want    string
	}{
		"plain":                   {logPrinter{}, "one\ntwo parts\n\x1b[2J\x1b[31mred\n"},
		"prefixes":                {logPrinter{prefix: true}, "[pod/a/c] one\n[pod/a/c] two parts\n[pod/b/c] \x1b[2J\x1b[31mred\n"},
		"a match without colours": {logPrinter{grep: regexp.MustCompile("o|x*")}, "one\ntwo parts\n\x1b[2J\x1b[31mred\n"},
		"matches": {logPrinter{grep: regexp.MustCompile("n|a.|R?"), coloured: true, clean: true},
			"o\x1b[1;31mn\x1b[0me\ntwo p\x1b[1;31mar\x1b[0mts\n\\x1b[2J\x1b[31mred\x1b[0m\n"},
		"clean": {logPrinter{clean: true}, "one\ntwo parts\n\\x1b[2J\x1b[31mred\x1b[0m\n"},
		"coloured": {logPrinter{prefix: true, coloured: true, clean: true},
			"\x1b[35m[pod/a/c]\x1b[0m one\n\x1b[35m[pod/a/c]\x1b[0m two parts\n\x1b[34m[pod/b/c]\x1b[0m \\x1b[2J\x1b[31mred\x1b[0m\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			test.printer.out = bufio.NewWriter(&out)
			for i := range lines {
				require.NoError(t, test.printer.print(&lines[i]))
			}
			require.NoError(t, test.printer.out.Flush())
			require.Equal(t, test.want, out.String())
		})
	}
}

func TestLogPrinterTellsWhetherItPrintsLinesUnchanged(t *testing.T) {
	for name, test := range map[string]struct {
		printer   logPrinter
		unchanged bool
	}{
		"plain":      {logPrinter{}, true},
		"coloured":   {logPrinter{coloured: true}, true},
		"prefixes":   {logPrinter{prefix: true}, false},
		"times":      {logPrinter{timestamps: true}, false},
		"matches":    {logPrinter{grep: regexp.MustCompile("")}, false},
		"a terminal": {logPrinter{clean: true}, false},
		"a follow":   {logPrinter{flushes: true}, false},
	} {
		require.Equal(t, test.unchanged, test.printer.unchanged(), name)
	}
}

func TestColorDecidesOverTheTerminal(t *testing.T) {
	c := clitest.Start(t)
	t.Setenv("NO_COLOR", "1")
	for color, coloured := range map[string]bool{"auto": false, "always": true, "never": false} {
		out := c.MustRun("logs", "shell", "--all-containers", "--prefix", "--color", color)
		require.Equal(t, coloured, strings.Contains(out, "\x1b[3"), color)
	}
}
