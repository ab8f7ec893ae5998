package transcript

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAReplayShowsTextAndLeavesOutWhatElseATerminalWouldDo(t *testing.T) {
	for name, tc := range map[string]struct{ output, want string }{
		"text, colours and the cursor":         {"\x1b[1;31mred\x1b[0m\x1b[2;3Hat\x1b[K\x1b[2J", "\x1b[1;31mred\x1b[0m\x1b[2;3Hat\x1b[K\x1b[2J"},
		"colours with colons":                  {"\x1b[38:2::1:2:3mx", "\x1b[38:2::1:2:3mx"},
		"the alternate screen":                 {"\x1b[?1049hx\x1b[?1049l", "\x1b[?1049hx\x1b[?1049l"},
		"a mode among others":                  {"\x1b[?12;25h", "\x1b[?25h"},
		"a region, saved cursors, line ends":   {"\x1b7\x1b[2;5r\x1b8\x1bD\x1bM\x1bE", "\x1b7\x1b[2;5r\x1b8\x1bD\x1bM\x1bE"},
		"line drawing":                         {"\x1b(0q\x1b(B\x0eq\x0f", "\x1b(0q\x1b(B\x0eq\x0f"},
		"a title":                              {"a\x1b]0;title\x07b\x1b]2;title\x1b\\c", "abc"},
		"the clipboard":                        {"a\x1b]52;c;ZXZpbA==\x07b", "ab"},
		"a link":                               {"\x1b]8;;file:/x\x1b\\text\x1b]8;;\x1b\\", "text"},
		"queries":                              {"\x1b[6n\x1b[c\x1b[>c\x1b[5n\x1b[?6n\x1b[18t\x1b[x\x1b[?1$p\x05x", "x"},
		"a query in a string":                  {"\x1bP$qm\x1b\\\x1b_x\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\y", "y"},
		"reports of keys and of the mouse":     {"\x1b[?1h\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?1004h\x1b=\x1b>x", "x"},
		"a reset, a bell, printing":            {"\x1bc\x07\x1b[4i\x1b[5ix", "x"},
		"eight-bit controls":                   {"\u009b6n\u009d0;t\u009c", "\ufffd6n\ufffd0;t\ufffd"},
		"characters that reorder text":         {"\u202egnp.exe\u2066", "\ufffdgnp.exe\ufffd"},
		"a sequence that another one ends":     {"\x1b[3\x1b[1mx", "\x1b[1mx"},
		"a sequence that CAN ends":             {"\x1b[3\x18mx", "mx"},
		"a sequence that is too long":          {"\x1b[" + strings.Repeat("1;", 500) + "mx", "x"},
		"a sequence without an end":            {"x\x1b[1;2", "x"},
		"invalid UTF-8":                        {"a\xffb", "a\ufffdb"},
		"a newline without a terminal":         {"a\nb\n", "a\r\nb\r\n"},
		"a newline of a full-screen program":   {"a\r\nb\nc", "a\r\nb\nc"},
		"a newline after a mode was set":       {"\x1b[?25lb\nc", "\x1b[?25lb\nc"},
		"control characters within a sequence": {"\x1b[1\r\nm", "\r\n\x1b[1m"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, new(Filter).Pass(tc.output))
			var bytewise Filter
			got := ""
			for _, r := range tc.output { // in parts
				got += bytewise.Pass(string(r))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

// FuzzFilter checks that what passes is the same when it passes again, so that it has no sequence
// that the filter leaves out.
func FuzzFilter(f *testing.F) {
	f.Add("\x1b[1mx\x1b]0;t\x07\x1b[6n\x1b[?1;25h\r\n\u009b")
	f.Fuzz(func(t *testing.T, output string) {
		once := new(Filter).Pass(output)
		require.NotContains(t, once, "\x1b]")
		require.NotContains(t, once, "\a")
		twice := new(Filter).Pass(once)
		breaks := strings.NewReplacer("\r", "", "\n", "") // the first pass may decide on them later
		require.Equal(t, breaks.Replace(once), breaks.Replace(twice))
	})
}
