package kxtest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestTheKubeconfigIsTheConfig(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithPathPrefix("/k8s"))
	srv.User(`odd: "name"`, kxtest.Allow("list", "pods"))
	path := filepath.Join(t.TempDir(), "config")
	require.NoError(t, srv.WriteKubeconfig(path))
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	same := func(path string, want *kubeconfig.Config) {
		got, err := kubeconfig.Load(kubeconfig.Options{Path: path})
		require.NoError(t, err)
		require.Equal(t, want.Server, got.Server)
		require.Equal(t, want.BearerToken, got.BearerToken)
		require.Equal(t, want.TLS.CAData, got.TLS.CAData)
		require.Equal(t, want.Namespace, got.Namespace)
		require.Equal(t, want.Source.User, got.Source.User)
	}
	same(path, srv.Config())
	require.NoError(t, os.WriteFile(path, srv.KubeconfigOf(`odd: "name"`), 0o600))
	same(path, srv.ConfigOf(`odd: "name"`))
	require.Error(t, srv.WriteKubeconfig(filepath.Join(path, "below")))
}

func TestAKubeconfigThatIsWrittenIsItsOwnersAndNoLinkIsFollowed(t *testing.T) {
	srv := kxtest.Start(t)
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	require.NoError(t, os.WriteFile(in("open"), []byte("old, and longer than what comes"), 0o600))
	require.NoError(t, os.Chmod(in("open"), 0o644))
	require.NoError(t, os.Link(in("open"), in("hard")))
	require.NoError(t, srv.WriteKubeconfig(in("open")))
	info, err := os.Stat(in("open"))
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
	content, err := os.ReadFile(in("open"))
	require.NoError(t, err)
	require.Equal(t, string(srv.Kubeconfig()), string(content))

	require.NoError(t, os.Symlink("hard", in("link")))
	require.NoError(t, os.Symlink("nothing", in("dangling")))
	for _, path := range []string{in("link"), in("dangling"), folder} {
		require.EqualError(t, srv.WriteKubeconfig(path),
			"kxtest: write kubeconfig: "+path+" is a link or no regular file: name another")
	}
	content, err = os.ReadFile(in("hard"))
	require.NoError(t, err)
	require.Equal(t, "old, and longer than what comes", string(content))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 4, "no temporary file is left")
}

func TestEachCallReturnsANewConfig(t *testing.T) {
	srv := kxtest.Start(t)
	config := srv.Config()
	config.TLS.CAData[0] = 'x'
	config.BearerToken = ""
	wiretest.NewClient(t, srv.Config()).Get("/version").Is(200)
}
