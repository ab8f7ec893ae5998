package attach

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteMissingEndAddsTheOutputThatOnlyTheLogHas(t *testing.T) {
	for name, test := range map[string]struct {
		before, whole  string
		live           []chunk
		stdout, stderr string
		all            bool
	}{
		"nothing is missing":            {"1\n", "1\n2\n", []chunk{out("2\n")}, "1\n2\n", "", true},
		"a last line":                   {"1\n", "1\n2\n3\n", []chunk{out("2\n")}, "1\n2\n3\n", "", true},
		"an incomplete line":            {"", "1\n2\n", []chunk{out("1\n2")}, "1\n2\n", "", true},
		"everything":                    {"", "1\n2\n", nil, "1\n2\n", "", true},
		"a line of the other stream":    {"", "o\ne\nlast\n", []chunk{out("o\n"), stderr("e\n")}, "o\nlast\n", "e\n", true},
		"an incomplete line of stderr":  {"", "o\nerr\n", []chunk{out("o\n"), stderr("er")}, "o\n", "err\n", true},
		"a log without its first lines": {"1\n", "7\n8\n9\n", []chunk{out("2\n")}, "1\n2\n", "", false},
		"the output before the copy":    {"", "1\n2\n", []chunk{out("2\n")}, "2\n", "", false},
		"carriage returns":              {"", "1\n2\n3\n", []chunk{out("1\r\n2\r\n")}, "1\r\n2\r\n3\n", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			m := newOutputMerger(&stdout, &stderr, false)
			m.mergeLog([]byte(test.before))
			write(t, m, test.live)
			require.True(t, m.hasOutputCopy())
			require.Equal(t, test.all, m.writeMissingEnd([]byte(test.whole)))
			require.Equal(t, test.stdout, stdout.String())
			require.Equal(t, test.stderr, stderr.String())
		})
	}
}
