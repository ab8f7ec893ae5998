package kubeconfig_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE"} {
		os.Unsetenv(name) // the machine may be a pod itself
	}
	path := os.Getenv(switching)
	if path != "" {
		switchForEver(path)
	}
	os.Exit(m.Run())
}

// switching is the variable that makes the test binary change a file's context until it is killed.
const switching = "KX_TEST_SWITCHING"

// switchForEver writes a line after each change.
func switchForEver(path string) {
	for i := 0; ; i++ {
		files, err := kubeconfig.Read(path)
		if err == nil {
			err = files.UseContext([]string{"a", "b"}[i%2])
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("switched")
	}
}

// isolate hides the machine's own configuration from a test.
func isolate(t testing.TB) {
	t.Helper()
	t.Setenv("KUBECONFIG", "")
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("KUBERNETES_SERVICE_PORT", "")
	t.Setenv("POD_NAMESPACE", "")
}

func write(t testing.TB, path, content string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// writeConfig writes a file into a folder of its own, and returns its path.
func writeConfig(t testing.TB, content string) string {
	t.Helper()
	return write(t, filepath.Join(t.TempDir(), "config"), content)
}

// entry returns a kubeconfig with the context c. Its cluster and user have the given fields, one
// a line.
func entry(clusterFields, userFields string) string {
	indent := func(s string) string {
		return "    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ") + "\n"
	}
	return "apiVersion: v1\nkind: Config\ncurrent-context: c\n" +
		"contexts:\n- name: c\n  context: {cluster: k, user: u}\n" +
		"clusters:\n- name: k\n  cluster:\n" + indent(clusterFields) +
		"users:\n- name: u\n  user:\n" + indent(userFields)
}

const server = "server: https://10.0.0.1:6443"

func loadText(t *testing.T, content string) (*kubeconfig.Config, error) {
	t.Helper()
	return kubeconfig.Load(kubeconfig.Options{Path: writeConfig(t, content)})
}

func mustLoad(t *testing.T, content string) *kubeconfig.Config {
	t.Helper()
	c, err := loadText(t, content)
	require.NoError(t, err)
	return c
}

// plugin is a valid exec field.
const plugin = "exec: {apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never}"

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
