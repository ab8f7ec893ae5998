package printable_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/printable"
)

func escape(text []byte) string {
	escaped, _ := printable.Escape(text, false)
	return string(escaped)
}

func TestWhatATerminalObeysIsEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"a\tb\nä 日本 😀":               "a\tb\nä 日本 😀",
		"\x1b]0;title\a\r\b\f":       `\x1b]0;title\a\r\b\f`,
		"\u009b2J\u0085\u007f":       `\u009b2J\u0085\u007f`,
		"\u202e\u2066\u200f\u061c":   `\u202e\u2066\u200f\u061c`,
		"\u2028\u2029":               `\u2028\u2029`,
		"a\xff\xc3":                  `a\xff\xc3`,
		"\x9b31m":                    `\x9b31m`,
		"the rune \ufffd itself":     "the rune \ufffd itself",
		"joined 👩\u200d👩 \u00ad end": "joined 👩\u200d👩 \u00ad end",
	} {
		require.Equal(t, want, escape([]byte(text)))
	}
}

func FuzzEscapedJSONReadsTheSame(f *testing.F) {
	f.Add("\u009b\u007f\u202e\x1b\\\"é\n")
	f.Fuzz(func(t *testing.T, text string) {
		escaped := escape([]byte(text))
		require.True(t, utf8.ValidString(escaped))
		require.NotContains(t, strings.Map(func(r rune) rune {
			if r != '\n' && r != '\t' && printable.IsControl(r) {
				return '!'
			}
			return -1
		}, escaped), "!")
		document, err := json.Marshal(text)
		require.NoError(t, err)
		var want, got string
		require.NoError(t, json.Unmarshal(document, &want))
		require.NoError(t, json.Unmarshal([]byte(escape(document)), &got))
		require.Equal(t, want, got)
	})
}
