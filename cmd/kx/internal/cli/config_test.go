package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
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

func config(t *testing.T, text string) func(args ...string) clitest.Result {
	path := clitest.WriteFile(t, "config", text)
	return func(args ...string) clitest.Result {
		return clitest.Execute(t.Context(), "", append([]string{"--kubeconfig", path, "config"}, args...)...)
	}
}

func TestConfigGetContexts(t *testing.T) {
	kx := config(t, kubeconfigYAML)
	require.Equal(t, clitest.Result{Code: 0, Out: "CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n*         dev    one       me         web\n          prod   one       me         \n", Err: ""}, kx("get-contexts"))
	require.Equal(t, clitest.Result{Code: 0, Out: "dev\nprod\n", Err: ""}, kx("get-contexts", "-o", "name"))
	require.Equal(t, clitest.Result{Code: 0, Out: "      prod   one   me    \n", Err: ""}, kx("get-contexts", "prod", "--no-headers"))
	require.Regexp(t, `^error: context "nope" is not in \S+; known contexts: "dev", "prod"$`, kx("get-contexts", "nope").RequireError(t, 1))
}

func TestNamesAreEscapedForTheTerminal(t *testing.T) {
	kx := config(t, `contexts: [{name: "a\e[31m", context: {cluster: "k\nl"}}]`)
	require.Equal(t, "      a\uFFFD[31m   k...         \n", kx("get-contexts", "--no-headers").Out)
}

func TestControlCharactersOfAContextNeverReachATerminalAndInNamesAreAnError(t *testing.T) {
	kx := config(t, `{current-context: "a\e[31m", contexts: [{name: "a\e[31m", context: {}}, {name: good ☸, context: {}}, {name: "b\nc", context: {}}]}`)
	const refusal = "error: the name \"a\\x1b[31m\" has control characters: print it as JSON\n"
	require.Equal(t, clitest.Result{Code: 1, Err: refusal}, kx("current-context"))
	require.Equal(t, clitest.Result{Code: 1, Err: refusal}, kx("get-contexts", "-o", "name"))
	require.Equal(t, clitest.Result{Out: "good ☸\n"}, kx("get-contexts", "-o", "name", "good ☸"))
	require.Equal(t, `error: the name "b\nc" has control characters: print it as JSON`, kx("get-contexts", "-o", "name", "b\nc").RequireError(t, 1))
	require.Contains(t, kx("view", "-o", "json").Out, `"current-context": "a\u001b[31m"`)
}

func TestConfigCurrentContext(t *testing.T) {
	require.Equal(t, clitest.Result{Code: 0, Out: "dev\n", Err: ""}, config(t, kubeconfigYAML)("current-context"))
	without := strings.Replace(kubeconfigYAML, "current-context: dev\n", "", 1)
	require.Equal(t, "error: current-context is not set: choose one with kx config use-context NAME", config(t, without)("current-context").RequireError(t, 1))
}

func TestConfigUseContext(t *testing.T) {
	path := clitest.WriteFile(t, "config", kubeconfigYAML)
	kx := func(args ...string) clitest.Result {
		return clitest.Execute(t.Context(), "", append([]string{"config", "--kubeconfig", path}, args...)...)
	}
	require.Equal(t, clitest.Result{Code: 0, Out: "Switched to context \"prod\".\n", Err: ""}, kx("use-context", "prod"))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, strings.Replace(kubeconfigYAML, "current-context: dev", "current-context: prod", 1), string(text))
	require.Regexp(t, `context "nope" is not in .*"dev", "prod"`, kx("use-context", "nope").RequireError(t, 1))
	require.Regexp(t, `give the name of one context; see kx config use-context --help$`, kx("use-context").RequireError(t, 2))
}

func TestConfigViewHidesCredentials(t *testing.T) {
	kx := config(t, kubeconfigYAML)
	r := kx("view")
	require.Equal(t, clitest.Result{Code: 0, Out: r.Out, Err: ""}, r)
	require.Contains(t, r.Out, "token: REDACTED")
	require.Contains(t, r.Out, "DATA+OMITTED")
	require.NotContains(t, r.Out, "hunter2")
	require.Contains(t, kx("view", "--raw").Out, "token: hunter2")
}

func TestConfigViewMinifyKeepsOneContext(t *testing.T) {
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
	require.Equal(t, clitest.Result{Code: 0, Out: dev, Err: ""}, kx("view", "--minify"))
	require.Equal(t, strings.NewReplacer("name: dev", "name: prod", "current-context: dev", "current-context: prod", "    namespace: web\n", "").Replace(dev), kx("view", "--minify", "--context", "prod").Out)
	require.Contains(t, kx("view", "--minify", "--context", "bare").Out, "clusters: []\n")
	require.Regexp(t, `^error: context "nope" is not in \S+; known contexts: "bare", "dev", "prod"$`, kx("view", "--minify", "--context", "nope").RequireError(t, 1))
	without := strings.Replace(kubeconfigYAML, "current-context: dev\n", "", 1)
	require.Contains(t, config(t, without)("view", "--minify").RequireError(t, 1), "current-context is not set")
}

func TestConfigViewOmitsEntriesWithoutAName(t *testing.T) {
	kx := config(t, kubeconfigYAML+"- context: {cluster: one}\n")
	require.NotContains(t, kx("view", "--minify").Out, "- context:")
	require.Contains(t, kx("view").Out, "- context:")
}

func TestConfigViewAsJSON(t *testing.T) {
	require.Contains(t, config(t, kubeconfigYAML)("view", "-o", "json").Out, `"user": {
                "token": "REDACTED"
            }`)
}

func TestAFlattenedConfigNeedsNoOtherFile(t *testing.T) {
	c := clitest.Start(t)
	cfg, err := c.UserWithCertificate("certified", nil, kxtest.Allow("get", "pods"))
	require.NoError(t, err)
	ca, cert, key := c.Write("ca.pem", string(cfg.TLS.CAData)), c.Write("crt.pem", string(cfg.TLS.CertData)), c.Write("key.pem", string(cfg.TLS.KeyData))
	file := clitest.KubeconfigFor(t, cfg.Server, ", certificate-authority: "+ca, "client-certificate: "+cert+", client-key: "+key)
	view := func(args ...string) clitest.Result {
		return clitest.Execute(t.Context(), "", append([]string{"--kubeconfig", file, "config", "view", "--flatten"}, args...)...)
	}
	require.Equal(t, 3, strings.Count(view().Out, "-data: DATA+OMITTED\n"), view().Out)
	alone := c.Write("alone", view("--raw", "--minify").Out)
	for _, path := range []string{ca, cert, key} {
		require.NoError(t, os.Remove(path))
	}
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell\n", Err: ""}, clitest.Execute(t.Context(), "", "--kubeconfig", alone, "get", "pod", "shell", "-o", "name"))
	require.Equal(t, `error: cluster "one": certificate-authority: open `+ca+": no such file or directory", view("--raw").RequireError(t, 1))
}

func TestAConfigThatCannotBeFlattenedIsAnError(t *testing.T) {
	flatten := func(fields string) string {
		return config(t, "users: [{name: u, user: {"+fields+"}}]\n")("view", "--flatten").RequireError(t, 1)
	}
	require.Equal(t, `error: user "u": client-key: excludes client-key-data: remove one of them`, flatten("client-key: absent, client-key-data: Sw=="))
	require.Equal(t, `error: user "u": client-key: /dev/zero is not a regular file`, flatten("client-key: /dev/zero"))
	large := clitest.WriteFile(t, "large", strings.Repeat("x", 1<<20+1))
	require.Equal(t, `error: user "u": client-key: `+large+" is larger than 1 MiB", flatten("client-key: "+large))
}

func TestConfigFailsForAnInvalidFile(t *testing.T) {
	require.Regexp(t, `^error: kubeconfig: \S+/config: `, config(t, "a: [")("view").RequireError(t, 1))
	require.Regexp(t, `unknown command "veiw" for "kx config": did you mean view\?; see kx config --help$`, config(t, "")("veiw").RequireError(t, 2))
}
