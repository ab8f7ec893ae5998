package kx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
)

func TestProgramsStaySmall(t *testing.T) {
	for program, budget := range map[string]int64{
		"./cmd/kx":          11_500_000, // a fifth of kubectl's 59.2 MB
		"./examples/inject": 8_700_000,
		// Client-go's smallest program that adds a container has 35,066,018.
		"./testdata/exec": 8_500_000,
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			build := buildtest.Go(t, "build", "-o", directory, "-ldflags=-s -w", ".")
			build.Dir = program        // the examples are a module of their own
			if program == "./cmd/kx" { // is released with flags of its own
				build = exec.CommandContext(t.Context(), "make", "build", "BIN="+directory)
			}
			// The budgets are those of linux/amd64, on any machine.
			build.Env = append(build.Environ(), "GOOS=linux", "GOARCH=amd64")
			output, err := build.CombinedOutput()
			require.NoError(t, err, "%s", output)
			info, err := os.Stat(filepath.Join(directory, filepath.Base(program)))
			require.NoError(t, err)
			t.Logf("%s: %d bytes of %d", program, info.Size(), budget)
			require.LessOrEqual(t, info.Size(), budget)
		})
	}
}

// kubeconfig imports the YAML parser for Load, and Go links the initialisers of each imported
// package. Nothing else of the parser may be linked. json-patch is not imported at all.
func TestAProgramThatOnlyInjectsLinksNeitherYAMLNorJSONPatch(t *testing.T) {
	symbols := func(program string) (yaml, patch []string) {
		for line := range strings.Lines(buildtest.Symbols(t, program)) {
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
