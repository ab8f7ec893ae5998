// Package linktest shows tests what the linker puts into a program.
//
//	symbols := linktest.Symbols(t, "./testdata/small")
//	require.NotContains(t, symbols, "gopkg.in/yaml%2ev3.(*Decoder).")
package linktest

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Symbols builds the package at path, a main package, and returns the output of "go tool nm" for
// the program: a line for each symbol, with its address, its type ("T" for code) and its name.
func Symbols(t testing.TB, path string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, path).CombinedOutput()
	require.NoError(t, err, "%s", output)
	symbols, err := exec.CommandContext(t.Context(), "go", "tool", "nm", program).Output()
	require.NoError(t, err)
	return string(symbols)
}
