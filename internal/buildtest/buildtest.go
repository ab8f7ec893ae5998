// Package buildtest builds programs in tests as they are released, and shows what is linked.
//
//	symbols := buildtest.Symbols(t, "./testdata/small")
//	require.NotContains(t, symbols, "gopkg.in/yaml%2ev3.(*Decoder).")
package buildtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Build builds the main package in the folder at path, static, and returns the program's file. The
// folder may be of another module of the repository. Flags are those of "go build".
func Build(t testing.TB, path string, flags ...string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "program")
	args := append([]string{"build", "-o", file}, flags...)
	build := Go(t, append(args, ".")...)
	build.Dir = path
	output, err := build.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return file
}

// Go returns a command of the go program in the environment of the release. All builds of the tests
// share that environment, so that each package is compiled once for all of them.
func Go(t testing.TB, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath")
	return cmd
}

// Symbols builds the main package in the folder at path, and returns the output of "go tool nm" for
// the program: a line for each symbol, with its address, its type ("T" for code) and its name.
func Symbols(t testing.TB, path string) string {
	t.Helper()
	symbols, err := exec.CommandContext(t.Context(), "go", "tool", "nm", Build(t, path)).Output()
	require.NoError(t, err)
	return string(symbols)
}
