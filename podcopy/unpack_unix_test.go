//go:build unix

package podcopy_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/podcopy"
)

func TestADirectoryIsNotPutWhereSomethingElseIs(t *testing.T) {
	_, pods := start(t)
	shell(t, pods, "shell", "main", "mkdir -p /tmp/d/file; chmod 711 /tmp/d/file; mkdir -p /tmp/e/pipe")
	here := folder(t, map[string]string{"file": "mine"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(here, "pipe"), 0o600)) // which would be waited for
	before := tree(t, here)
	for _, remote := range []string{"/tmp/d/.", "/tmp/e/."} {
		err := podcopy.From(t.Context(), pods, "shell", podcopy.Options{Container: "main", Remote: remote, Local: here})
		require.ErrorContains(t, err, "not a directory")
		require.Equal(t, before, tree(t, here))
	}
}
