package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
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
	require.Regexp(t, `^error: context "nope" is not in \S+; known contexts: "dev", "prod"$`, kx("get-contexts", "nope").fails(t, 1))
}

func TestNamesDriveNoTerminal(t *testing.T) {
	kx := config(t, `contexts: [{name: "a\e[31m", context: {cluster: "k\nl"}}]`)
	require.Equal(t, "      a\uFFFD[31m   k...         \n", kx("get-contexts", "--no-headers").out)
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

func TestConfigViewLeavesOneContext(t *testing.T) {
	kx := config(t, kubeconfigYAML+"- name: bare\n  context: {cluster: two}\n")
	const dev = `apiVersion: v1
clusters:
- name: one
  cluster:
    server: https://one.example:6443
    certificate-authority-data: DATA+OMITTED
contexts:
- name: dev
  context:
    cluster: one
    user: me
    namespace: web
current-context: dev
kind: Config
users:
- name: me
  user:
    token: REDACTED
`
	require.Equal(t, result{0, dev, ""}, kx("view", "--minify"))
	require.Equal(t, strings.NewReplacer("name: dev", "name: prod", "current-context: dev", "current-context: prod", "    namespace: web\n", "").Replace(dev), kx("view", "--minify", "--context", "prod").out)
	require.Contains(t, kx("view", "--minify", "--context", "bare").out, "clusters: []\n")
	require.Regexp(t, `^error: context "nope" is not in \S+; known contexts: "bare", "dev", "prod"$`, kx("view", "--minify", "--context", "nope").fails(t, 1))
	without := strings.Replace(kubeconfigYAML, "current-context: dev\n", "", 1)
	require.Contains(t, config(t, without)("view", "--minify").fails(t, 1), "current-context is not set")
}

func TestConfigViewLeavesOutEntriesWithoutName(t *testing.T) {
	kx := config(t, kubeconfigYAML+"- context: {cluster: one}\n")
	require.NotContains(t, kx("view", "--minify").out, "- context:")
	require.Contains(t, kx("view").out, "- context:")
}

func TestConfigViewAsJSON(t *testing.T) {
	require.Contains(t, config(t, kubeconfigYAML)("view", "-o", "json").out, `"user": {
                "token": "REDACTED"
            }`)
}

func TestAFlattenedConfigStandsAlone(t *testing.T) {
	c := start(t)
	cfg, err := c.UserWithCertificate("certified", nil, kxtest.Allow("get", "pods"))
	require.NoError(t, err)
	ca, cert, key := c.write("ca.pem", string(cfg.TLS.CAData)), c.write("crt.pem", string(cfg.TLS.CertData)), c.write("key.pem", string(cfg.TLS.KeyData))
	file := kubeconfigFor(t, cfg.Server, ", certificate-authority: "+ca, "client-certificate: "+cert+", client-key: "+key)
	view := func(args ...string) result {
		return execute(t.Context(), "", append([]string{"--kubeconfig", file, "config", "view", "--flatten"}, args...)...)
	}
	require.Equal(t, 3, strings.Count(view().out, "-data: DATA+OMITTED\n"), view().out)
	alone := c.write("alone", view("--raw", "--minify").out)
	for _, path := range []string{ca, cert, key} {
		require.NoError(t, os.Remove(path))
	}
	require.Equal(t, result{0, "pod/shell\n", ""}, execute(t.Context(), "", "--kubeconfig", alone, "get", "pod", "shell", "-o", "name"))
	require.Equal(t, `error: cluster "one": certificate-authority: open `+ca+": no such file or directory", view("--raw").fails(t, 1))
}

func TestWhatCannotBeFlattenedIsAnError(t *testing.T) {
	flatten := func(fields string) string {
		return config(t, "users: [{name: u, user: {"+fields+"}}]\n")("view", "--flatten").fails(t, 1)
	}
	require.Equal(t, `error: user "u": client-key: excludes client-key-data, which is there too; remove one`, flatten("client-key: absent, client-key-data: Sw=="))
	large := writeFile(t, "large", strings.Repeat("x", 1<<20+1))
	require.Equal(t, `error: user "u": client-key: `+large+" is larger than 1 MiB", flatten("client-key: "+large))
}

func TestConfigOfAFileThatIsNone(t *testing.T) {
	require.Regexp(t, `^error: kubeconfig: \S+/config: `, config(t, "a: [")("view").fails(t, 1))
	require.Regexp(t, `unknown command "veiw" for "kx config": did you mean view\?; see kx config --help$`, config(t, "")("veiw").fails(t, 2))
}
