package kubeconfig_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// servicePod sets the environment of a pod, and returns the folder of its service account.
func servicePod(t *testing.T) string {
	t.Helper()
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "443")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "token"), "t")
	write(t, filepath.Join(dir, "ca.crt"), "c")
	write(t, filepath.Join(dir, "namespace"), "of-the-account\n")
	return dir
}

func TestInCluster(t *testing.T) {
	t.Run("the service account has the token file, CA and namespace", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		c, err := kubeconfig.InPod(dir)
		require.NoError(t, err)
		require.Equal(t, &kubeconfig.Config{
			Server:          "https://10.96.0.1:443",
			Namespace:       "of-the-account",
			TLS:             kubeconfig.TLS{CAFile: filepath.Join(dir, "ca.crt")},
			BearerTokenFile: filepath.Join(dir, "token"),
		}, c)
	})
	t.Run("an IPv6 host is bracketed", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		t.Setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
		c, err := kubeconfig.InPod(dir)
		require.NoError(t, err)
		require.Equal(t, "https://[fd00::1]:443", c.Server)
	})
	t.Run("POD_NAMESPACE takes precedence over the service account's namespace", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		t.Setenv("POD_NAMESPACE", "of-the-pod")
		c, err := kubeconfig.InPod(dir)
		require.NoError(t, err)
		require.Equal(t, "of-the-pod", c.Namespace)
	})
	t.Run("the default namespace is default", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		require.NoError(t, os.Remove(filepath.Join(dir, "namespace")))
		c, err := kubeconfig.InPod(dir)
		require.NoError(t, err)
		require.Equal(t, "default", c.Namespace)
	})
	t.Run("a namespace that is not a DNS label is an error with its source", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		t.Setenv("POD_NAMESPACE", "../x")
		_, err := kubeconfig.InPod(dir)
		require.ErrorContains(t, err, "POD_NAMESPACE")
	})
	t.Run("a service account without CA is a warning", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		require.NoError(t, os.Remove(filepath.Join(dir, "ca.crt")))
		c, err := kubeconfig.InPod(dir)
		require.NoError(t, err)
		require.Empty(t, c.TLS.CAFile)
		require.Len(t, c.Warnings, 1)
	})
	for name, change := range map[string]func(t *testing.T, dir string){
		"without KUBERNETES_SERVICE_HOST": func(t *testing.T, _ string) { t.Setenv("KUBERNETES_SERVICE_HOST", "") },
		"without KUBERNETES_SERVICE_PORT": func(t *testing.T, _ string) { t.Setenv("KUBERNETES_SERVICE_PORT", "") },
		"without a token file":            func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "token"))) },
		"with a folder as token file": func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "token")))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "token"), 0o700))
		},
	} {
		t.Run(name+" it is not in a cluster", func(t *testing.T) {
			isolate(t)
			dir := servicePod(t)
			change(t, dir)
			_, err := kubeconfig.InPod(dir)
			require.ErrorIs(t, err, kubeconfig.ErrNotInCluster)
			_, err = kubeconfig.LoadInPod(kubeconfig.Options{}, dir)
			require.ErrorIs(t, err, kubeconfig.ErrNotConfigured)
		})
	}
	t.Run("an invalid port is an error", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		t.Setenv("KUBERNETES_SERVICE_PORT", "tcp://10.0.0.1:443")
		_, err := kubeconfig.InPod(dir)
		require.ErrorContains(t, err, "KUBERNETES_SERVICE_PORT")
	})
	t.Run("outside a pod the error is ErrNotInCluster", func(t *testing.T) {
		isolate(t)
		_, err := kubeconfig.InCluster()
		require.ErrorIs(t, err, kubeconfig.ErrNotInCluster)
	})
}

func TestLoadInAPod(t *testing.T) {
	t.Run("the service account is used only without a configuration in files", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		t.Setenv("KUBECONFIG", writeConfig(t, "apiVersion: v1\nkind: Config\ncontexts: null\nclusters: []\n"))
		c, err := kubeconfig.LoadInPod(kubeconfig.Options{}, dir)
		require.NoError(t, err)
		require.Equal(t, "https://10.96.0.1:443", c.Server)

		t.Setenv("KUBECONFIG", writeConfig(t, named("a", "file")))
		c, err = kubeconfig.LoadInPod(kubeconfig.Options{}, dir)
		require.NoError(t, err)
		require.Equal(t, "https://file", c.Server)
	})
	t.Run("a file with an error is not skipped in favour of the service account", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		t.Setenv("KUBECONFIG", writeConfig(t, "current-context: gone"))
		_, err := kubeconfig.LoadInPod(kubeconfig.Options{}, dir)
		require.ErrorContains(t, err, "gone")
	})
	t.Run("a requested namespace takes precedence over the pod's", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		c, err := kubeconfig.LoadInPod(kubeconfig.Options{Namespace: "mine"}, dir)
		require.NoError(t, err)
		require.Equal(t, "mine", c.Namespace)
	})
}
