package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test's own program has build information, and is built from the modules of tools.
func TestTheLicensesAreThoseOfGoAndOfEachModule(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	content, err := os.ReadFile(self)
	require.NoError(t, err)
	r := &release{source: &checkout{folder: ".."}}
	made, err := r.licenses(t.Context(), []file{{"kx", 0o755, content}, {"kx-sandbox", 0o755, content}})
	require.NoError(t, err)
	require.Equal(t, "THIRD_PARTY_LICENSES", made.name)
	text := string(made.content)
	require.Regexp(t, `^==== Go: LICENSE\n\nCopyright .* The Go Authors`, text)
	require.Contains(t, text, "\n==== gopkg.in/yaml.v3: LICENSE\n\n")
	require.Contains(t, text, "\n==== gopkg.in/yaml.v3: NOTICE\n\nCopyright ")
	second, err := r.licenses(t.Context(), []file{{"kx", 0o755, content}})
	require.NoError(t, err)
	require.Equal(t, text, string(second.content))
}

func TestAModuleWithoutALicenseEndsTheRelease(t *testing.T) {
	folder := t.TempDir()
	require.EqualError(t, appendLicenses(nil, "example.com/m", folder), "example.com/m has no license in "+folder)
}
