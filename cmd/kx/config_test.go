package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const kubeconfigYAML = `# mine
apiVersion: v1
kind: Config
current-context: dev
clusters:
- name: one
  cluster: {server: "https://one.example:6443", certificate-authority-data: Y2E=}
users:
- name: me
  user: {token: hunter2}
contexts:
- name: prod
  context: {cluster: one, user: me}
- name: dev
  context: {cluster: one, user: me, namespace: web}
`

func config(t *testing.T, text string) func(args ...string) result {
	path := writeFile(t, "config", text)
	return func(args ...string) result {
		return execute(t.Context(), "", append([]string{"--kubeconfig", path, "config"}, args...)...)
	}
}

func TestConfigGetContexts(t *testing.T) {
	kx := config(t, kubeconfigYAML)
	require.Equal(t, result{0, "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n*         dev    one       me         web\n          prod   one       me         \n", ""}, kx("get-contexts"))
	require.Equal(t, result{0, "dev\nprod\n", ""}, kx("get-contexts", "-o", "name"))
	require.Equal(t, result{0, "      prod   one   me    \n", ""}, kx("get-contexts", "prod", "--no-headers"))
	require.Regexp(t, `^error: context "nope" is not in \S+; contexts there: "dev", "prod"$`, kx("get-contexts", "nope").fails(t, 1))
}

func TestConfigCurrentContext(t *testing.T) {
	require.Equal(t, result{0, "dev\n", ""}, config(t, kubeconfigYAML)("current-context"))
	without := strings.Replace(kubeconfigYAML, "current-context: dev\n", "", 1)
	require.Equal(t, "error: current-context is not set: choose one with kx config use-context NAME", config(t, without)("current-context").fails(t, 1))
}

func TestConfigUseContext(t *testing.T) {
	path := writeFile(t, "config", kubeconfigYAML)
	kx := func(args ...string) result {
		return execute(t.Context(), "", append([]string{"config", "--kubeconfig", path}, args...)...)
	}
	require.Equal(t, result{0, "Switched to context \"prod\".\n", ""}, kx("use-context", "prod"))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, strings.Replace(kubeconfigYAML, "current-context: dev", "current-context: prod", 1), string(text))
	require.Regexp(t, `context "nope" is not in .*"dev", "prod"`, kx("use-context", "nope").fails(t, 1))
	require.Regexp(t, `give the name of one context; see kx config use-context --help$`, kx("use-context").fails(t, 2))
}

func TestConfigViewHidesCredentials(t *testing.T) {
	kx := config(t, kubeconfigYAML)
	r := kx("view")
	require.Equal(t, result{0, r.out, ""}, r)
	require.Contains(t, r.out, "token: REDACTED")
	require.Contains(t, r.out, "DATA+OMITTED")
	require.NotContains(t, r.out, "hunter2")
	require.Contains(t, kx("view", "--raw").out, "token: hunter2")
}

func TestConfigOfAFileThatIsNone(t *testing.T) {
	require.Regexp(t, `^error: kubeconfig: \S+/config: `, config(t, "a: [")("view").fails(t, 1))
	require.Regexp(t, `unknown command "veiw" for "kx config": did you mean view\?; see kx config --help$`, config(t, "")("veiw").fails(t, 2))
}
