package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestQuotedTextKeepsWithinItsLimit(t *testing.T) {
	for _, tc := range []struct {
		in    string
		limit int
		want  string
	}{
		{"", 10, ""},
		{"0123456789", 10, "0123456789"},
		{"0123456789a", 10, "012345 …"},
		{"ééééé", 10, "ééééé"},
		{"éééééé", 10, "ééé …"},
		{"aééééé", 10, "aéé …"},
		{"  a \r\n\t b  ", 10, "a b"},
		{strings.Repeat(" ", 100) + "b", 10, " …"},
		{"\x1b\x00\u200b\u202e", 10, ""},
		{"\xff", 10, "\ufffd"},
	} {
		require.Equal(t, tc.want, Quote([]byte(tc.in), tc.limit), "%q", tc.in)
	}
}

func FuzzQuotedTextIsOneLineWithinItsLimit(f *testing.F) {
	f.Add([]byte("a\xff\x1b\u2028é"), 8)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		limit = max(limit%100, 4)
		got := Quote(in, limit)
		require.LessOrEqual(t, len(got), limit)
		require.True(t, utf8.ValidString(got))
		require.False(t, strings.ContainsFunc(got, unicode.IsControl))
	})
}
