package credential

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnExtraKeyEscapesWhatAHeaderNameCannotHold(t *testing.T) {
	for key, escaped := range map[string]string{
		"!#$&'*+-.^_`|~09az": "!#$&'*+-.^_`|~09az", // every token character of RFC 9110, but %
		"AZ":                 "az",
		"%":                  "%25",
		"a/b c:ø\x00":        "a%2Fb%20c%3A%C3%B8%00",
		"\"(),;<=>?@[\\]{}":  "%22%28%29%2C%3B%3C%3D%3E%3F%40%5B%5C%5D%7B%7D",
	} {
		require.Equal(t, escaped, escapeExtraKey(key))
	}
}
