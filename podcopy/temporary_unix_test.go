//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package podcopy

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACopyRemovesTheTemporaryFilesOfKilledCopiesAlone(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	file, lock, living, err := createTemporary(root, ".", 0o600)
	require.NoError(t, err)
	defer lock.Close()
	file.Close() // the lock outlasts the end of writing

	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{temporaryName(), "kept"} {
		require.NoError(t, os.WriteFile(in(name), []byte("half"), 0o600))
	}
	folder, recent, old := temporaryPrefix+"folder", temporaryPrefix+"recent", temporaryPrefix+"old"
	require.NoError(t, os.Mkdir(in(folder), 0o700))
	require.NoError(t, os.Symlink("kept", in(recent)))
	require.NoError(t, os.Symlink("kept", in(old)))
	require.NoError(t, exec.CommandContext(t.Context(), "touch", "-h", "-t", "202001010000", in(old)).Run())
	names := func() (all []string) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			all = append(all, e.Name())
		}
		return all
	}

	removeAbandoned(root, ".")
	require.ElementsMatch(t, []string{living, folder, recent, "kept"}, names())

	lock.Close()
	removeAbandoned(root, ".")
	require.ElementsMatch(t, []string{folder, recent, "kept"}, names(), "nobody holds its lock any more")
}
