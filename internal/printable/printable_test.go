package printable_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/printable"
)

func TestControlCharactersAreEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"plain text, ä ß 日本 'q'": "plain text, ä ß 日本 'q'",
		"\x1b]0;title\a":         `\x1b]0;title\a`,
		"a\nb\tc\rd":             `a\nb\tc\rd`,
		"\u202eright to left":    `\u202eright to left`,
		"\u009bcsi":              `\u009bcsi`,
		"invalid \xff\xc3":       `invalid \xff\xc3`,
		"the rune \ufffd itself": "the rune \ufffd itself",
	} {
		require.Equal(t, want, printable.Text(text))
	}
}
