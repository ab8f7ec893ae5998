package patch_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/linktest"
)

// Programs that only build and encode patches stay small: of the two libraries
// they link no more than the initial values of package variables, a few KB that
// the linker cannot leave out.
func TestEncodingLinksNeitherYAMLNorJSONPatch(t *testing.T) {
	code := []string{
		"gopkg.in/yaml%2ev3.(*Decoder).",
		"gopkg.in/yaml%2ev3.(*parser).",
		"gopkg.in/yaml%2ev3.yaml_parser_",
		"github.com/evanphx/json-patch/v5.CreateMergePatch",
		"github.com/evanphx/json-patch/v5/internal/json.(*decodeState).",
	}
	small := linktest.Symbols(t, "./testdata/encode")
	require.True(t, strings.Contains(small, " github.com/kx-k8s/kx/patch.Patch.Encode"))
	for _, name := range code {
		require.False(t, strings.Contains(small, name), name)
	}
	// The same search finds all of them where they are needed.
	large := linktest.Symbols(t, "./testdata/apply")
	for _, name := range code {
		require.True(t, strings.Contains(large, name), name)
	}
}
