package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestImagePackWritesAnArchiveOrNothing(t *testing.T) {
	program := clitest.WriteFile(t, "probe", string(clitest.StaticProgram()))
	archive := filepath.Join(t.TempDir(), "probe.tar")
	pack := func(args ...string) clitest.Result {
		return clitest.Execute(t.Context(), "", append([]string{"--kubeconfig", "/nowhere", "image", "pack", "probe:1"}, args...)...)
	}
	for range 2 { // the second archive replaces the first
		require.Equal(t, clitest.Result{Err: "Packed image docker.io/library/probe:1 for linux/amd64\n"}, pack(program, "-o", archive))
		require.NoError(t, os.WriteFile(archive+".partial", nil, 0o600)) // of a killed kx
	}
	require.NoError(t, os.Remove(archive+".partial"))
	text, err := os.ReadFile(archive)
	require.NoError(t, err)
	require.Equal(t, clitest.Result{Out: string(text)}, pack(program, "-q"))
	require.Equal(t, clitest.Result{Out: string(text)}, pack(program, "-q", "-o", "-"))

	require.Contains(t, pack(program, program, "-o", archive).RequireError(t, 1), "error: cannot pack the image: "+program+" would be /bin/probe, which is ")
	require.Contains(t, pack(program, "-o", filepath.Join(archive, "below")).RequireError(t, 1), "not a directory")
	left, err := os.ReadDir(filepath.Dir(archive))
	require.NoError(t, err)
	require.Len(t, left, 1, "the old archive alone")
	now, err := os.ReadFile(archive)
	require.NoError(t, err)
	require.Equal(t, text, now)
}

func TestImagePackWarnsOfTheTagLatest(t *testing.T) {
	program := clitest.WriteFile(t, "probe", string(clitest.StaticProgram()))
	got := clitest.Execute(t.Context(), "", "image", "pack", "probe:latest", program)
	require.Zero(t, got.Code)
	require.Contains(t, got.Err, "Warning: the tag is latest, which nodes pull by default")
}

func TestImageLoadCompletesNodes(t *testing.T) {
	require.Equal(t, []string{"kx-node"}, clitest.Complete(clitest.Start(t), "image", "load", "a.tar", "--node", ""))
}

func TestImageLoadRefusesAnotherFileBeforeItAsksTheServer(t *testing.T) {
	text := clitest.WriteFile(t, "text", "text")
	line := clitest.Execute(t.Context(), "", "--kubeconfig", "/nowhere", "image", "load", text, "--node", "a").RequireError(t, 1)
	require.Equal(t, "error: "+text+": not an archive of images: unexpected EOF", line)
}
