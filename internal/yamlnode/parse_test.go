package yamlnode_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

func TestASyntaxErrorHasItsLineAndNoTextOfTheFile(t *testing.T) {
	for text, want := range map[string]yamlnode.Error{
		"a: [1, 2":                {Line: 1, Column: 8, Reason: "did not find expected ',' or ']'"},
		"a:\n\tb: s3cr3t":         {Line: 2, Column: 1, Reason: "found character that cannot start any token"},
		"a: 1\nb: *s3cr3t":        {Line: 2, Column: 5, Reason: "unknown anchor referenced"},
		"a: b: s3cr3t":            {Line: 1, Column: 5, Reason: "mapping values are not allowed in this context"},
		"a: 1\nb: \"s3cr3t never": {Line: 2, Column: 4, Reason: "found unexpected end of stream"},
	} {
		_, err := yamlnode.Parse([]byte(text))
		var syntax *yamlnode.Error
		require.True(t, errors.As(err, &syntax), text)
		require.Equal(t, want.Reason, syntax.Reason)
		located := yamlnode.Locate([]byte(text), syntax)
		require.Equal(t, want, *located, text)
	}
}
