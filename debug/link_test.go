package debug_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of the libraries that package patch imports a program that calls Run links no more than the initial values of package variables, 12 KB,
// and none of the models that a pod's containers consist of. ParseCustom alone leads to the YAML parser.
func TestRunLinksNoYAMLParser(t *testing.T) {
	parser := []string{"gopkg.in/yaml%2ev3.(*Decoder).", "gopkg.in/yaml%2ev3.(*parser).", "gopkg.in/yaml%2ev3.yaml_parser_", "github.com/kx-k8s/kx/patch.YAMLToJSON"}
	run := linked(t, "./testdata/run")
	require.Contains(t, run, " github.com/kx-k8s/kx/debug.(*Options).newContainerBuilder")
	for _, name := range append(parser, "github.com/evanphx/json-patch/v5/internal/json.(*decodeState).", "github.com/kx-k8s/kx/resources.(*EnvVarSource).MarshalJSON") {
		require.False(t, strings.Contains(run, name), name)
	}
	custom := linked(t, "./testdata/custom")
	for _, name := range parser {
		require.True(t, strings.Contains(custom, name), name)
	}
}

// linked gives the names in the program's symbol table.
func linked(t *testing.T, program string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "program")
	out, err := exec.Command("go", "build", "-o", binary, program).CombinedOutput()
	require.NoError(t, err, "%s", out)
	symbols, err := exec.Command("go", "tool", "nm", binary).Output()
	require.NoError(t, err)
	return string(symbols)
}
