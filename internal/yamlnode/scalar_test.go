package yamlnode_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

func TestBooleansOfYAML11And12AreRead(t *testing.T) {
	type result struct{ value, ok bool }
	for text, want := range map[string]result{
		"true": {true, true}, "FALSE": {false, true}, "yes": {true, true}, "Off": {false, true}, "y": {true, true},
		"'yes'": {}, "!!str on": {}, "yEs": {}, "!!bool yes": {}, "1": {}, "|\n  on": {},
	} {
		value, ok := yamlnode.Bool(root(t, text))
		require.Equal(t, want, result{value, ok}, text)
	}
}
