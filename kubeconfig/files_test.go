package kubeconfig_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestRead(t *testing.T) {
	t.Run("the contexts of all files are sorted, and the first file wins", func(t *testing.T) {
		isolate(t)
		a := writeConfig(t, "contexts:\n- {name: b, context: {cluster: k, user: u, namespace: n}}\n- {name: c, context: {cluster: k}}")
		b := writeConfig(t, "current-context: a\ncontexts:\n- {name: b, context: {cluster: other}}\n- {name: a, context: {}}")
		t.Setenv("KUBECONFIG", a+string(filepath.ListSeparator)+b)
		files, err := kubeconfig.Read("")
		require.NoError(t, err)
		require.Equal(t, []string{a, b}, files.Paths)
		require.Equal(t, "a", files.CurrentContext)
		require.Equal(t, []kubeconfig.Context{{Name: "a"}, {Name: "b", Cluster: "k", User: "u", Namespace: "n"}, {Name: "c", Cluster: "k"}}, files.Contexts)
	})
	t.Run("without files the result is empty", func(t *testing.T) {
		isolate(t)
		files, err := kubeconfig.Read("")
		require.NoError(t, err)
		require.Empty(t, files.Paths)
		require.Empty(t, files.Contexts)
		out, err := files.Redacted()
		require.NoError(t, err)
		require.Equal(t, "apiVersion: v1\nclusters: []\ncontexts: []\ncurrent-context: \"\"\nkind: Config\nusers: []\n", string(out))
	})
	t.Run("an explicit path must exist", func(t *testing.T) {
		_, err := kubeconfig.Read(filepath.Join(t.TempDir(), "absent"))
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("the content of the files is not printed", func(t *testing.T) {
		files, err := kubeconfig.Read(writeConfig(t, entry(server, "token: s3cr3t")))
		require.NoError(t, err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			requireNoSecret(t, fmt.Sprintf(verb, files))
			requireNoSecret(t, fmt.Sprintf(verb, *files))
		}
	})
}
