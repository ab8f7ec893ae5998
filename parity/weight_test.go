package parity_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program that adds an ephemeral container is with kx less than a third of its size with
// client-go (complaint kubernetes/kubernetes#127888).
func TestClientGoLinksMoreThanThreeTimesAsMuchAsKx(t *testing.T) {
	size := func(dir, program string) int64 {
		file := filepath.Join(t.TempDir(), "program")
		cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", file, program)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, string(output))
		info, err := os.Stat(file)
		require.NoError(t, err)
		return info.Size()
	}
	ours, theirs := size("../examples", "./inject"), size(".", "./clientgo")
	t.Logf("kx: %d bytes, client-go: %d bytes, %.2f", ours, theirs, float64(ours)/float64(theirs))
	require.Less(t, 3*ours, theirs)
}
