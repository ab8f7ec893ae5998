package kx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/linktest"
)

// build makes the program as it is released, for linux/amd64 wherever the test runs.
func build(t *testing.T, program string, flags ...string) (file string) {
	file = filepath.Join(t.TempDir(), "program")
	args := append([]string{"build", "-trimpath", "-o", file}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, program)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	return file
}

func TestProgramsStaySmall(t *testing.T) {
	for program, budget := range map[string]int64{
		"./cmd/kx":          9_900_000,
		"./examples/inject": 7_900_000,
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			info, err := os.Stat(build(t, program, "-ldflags=-s -w"))
			require.NoError(t, err)
			t.Logf("%s: %d bytes of %d", program, info.Size(), budget)
			require.LessOrEqual(t, info.Size(), budget)
		})
	}
}

// Go links the initialisers of every package that is imported, and kubeconfig imports the YAML parser for Load.
// Nothing else of it may be there; json-patch is not even imported.
func TestAProgramThatOnlyInjectsLinksNeitherYAMLNorJSONPatch(t *testing.T) {
	symbols := func(program string) (yaml, patch []string) {
		for line := range strings.Lines(linktest.Symbols(t, program)) {
			fields := strings.Fields(line)
			if len(fields) < 3 || fields[1] != "T" && fields[1] != "t" {
				continue
			}
			name := fields[2]
			switch {
			case strings.HasPrefix(name, "gopkg.in/yaml%2ev3.init"), strings.HasPrefix(name, "type:.eq."), name == "gopkg.in/yaml%2ev3.(*Node).IsZero":
			case strings.Contains(name, "gopkg.in/yaml%2ev3."):
				yaml = append(yaml, name)
			case strings.Contains(name, "evanphx/json-patch"):
				patch = append(patch, name)
			}
		}
		return yaml, patch
	}
	yaml, patch := symbols("./examples/inject")
	require.Empty(t, yaml)
	require.Empty(t, patch)
	yaml, patch = symbols("./cmd/kx")
	require.NotEmpty(t, yaml, "the test does not see what is linked")
	require.NotEmpty(t, patch, "the test does not see what is linked")
}
