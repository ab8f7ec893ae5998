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

func TestEachCallReturnsANewConfig(t *testing.T) {
	srv := kxtest.Start(t)
	config := srv.Config()
	config.TLS.CAData[0] = 'x'
	config.BearerToken = ""
	wiretest.NewClient(t, srv.Config()).Get("/version").Is(200)
}
