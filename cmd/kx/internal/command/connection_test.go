package command

import (
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

func TestFlagsAloneConfigureAServer(t *testing.T) {
	c := clitest.Start(t)
	cfg := c.ConfigOf("kx-editor")
	t.Setenv("KUBECONFIG", c.Write("empty", ""))
	flags := []string{"--server", cfg.Server, "--token", cfg.BearerToken, "--certificate-authority", c.Write("ca.pem", string(cfg.TLS.CAData))}
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell\n", Err: ""}, clitest.Execute(t.Context(), "", append(flags, "get", "pod", "shell", "-o", "name")...))
	insecure := append(flags[:4:4], "--insecure-skip-tls-verify", "get", "pod", "shell", "-o", "name")
	require.Equal(t, 0, clitest.Execute(t.Context(), "", insecure...).Code)
	named := append(slices.Clone(flags), "--tls-server-name", "other.example", "get", "pods")
	require.Contains(t, clitest.Execute(t.Context(), "", named...).RequireError(t, 1), "other.example")
	require.Contains(t, clitest.Execute(t.Context(), "", append(flags[:4:4], "get", "pods")...).RequireError(t, 1), "certificate signed by unknown authority")
}

func TestAClientCertificateFlagReplacesTheFilesCertificate(t *testing.T) {
	c := clitest.Start(t)
	cfg, err := c.UserWithCertificate("certified", nil, kxtest.Allow("get", "pods").In("default"))
	require.NoError(t, err)
	block, _ := pem.Decode(cfg.TLS.KeyData)
	require.NotNil(t, block)
	other := clitest.KubeconfigFor(t, cfg.Server, ", certificate-authority-data: "+base64.StdEncoding.EncodeToString(cfg.TLS.CAData), "")
	flags := []string{"--kubeconfig", other, "--client-certificate", c.Write("crt.pem", string(cfg.TLS.CertData)), "--client-key", c.Write("key.pem", string(cfg.TLS.KeyData))}
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/shell\n", Err: ""}, clitest.Execute(t.Context(), "", append(flags, "get", "pod", "shell", "-o", "name")...))
}

func TestImpersonationFlagsSetTheUser(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "ATTRIBUTE         VALUE\nUsername          jane\nUID               7\nGroups            [dev ops system:authenticated]\nExtra: acme.com   [a b]\n",
		c.MustRun("auth", "whoami", "--as", "jane", "--as-uid", "7", "--as-group", "dev", "--as-group", "ops", "--as-user-extra", "acme.com=a", "--as-user-extra", "Acme.com=b"))
	require.Contains(t, c.Kx("get", "pods", "--as", "kx-nobody").RequireError(t, 1), `User "kx-nobody" cannot list`)
	c.Kx("get", "pods", "--as-group", "dev").RequireError(t, 1)
}

func TestAnInvalidConnectionFlagIsAnError(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--as-user-extra", "scopes"}, `error: invalid argument "scopes" for "--as-user-extra" flag: must be KEY=VALUE; see kx get --help`},
		{[]string{"--as-user-extra", "=x"}, `error: invalid argument "=x" for "--as-user-extra" flag: must be KEY=VALUE; see kx get --help`},
		{[]string{"--allow-exec-plugin", ""}, `error: invalid argument "" for "--allow-exec-plugin" flag: must be a program's name or path, or none; see kx get --help`},
		{[]string{"--allow-exec-plugin", "none", "--allow-exec-plugin", "aws"}, `error: invalid argument "aws" for "--allow-exec-plugin" flag: none and a program exclude each other; see kx get --help`},
		{[]string{"--allow-exec-plugin", "aws", "--allow-exec-plugin", "none"}, `error: invalid argument "none" for "--allow-exec-plugin" flag: none and a program exclude each other; see kx get --help`},
	} {
		require.Equal(t, test.want, clitest.Execute(t.Context(), "", append([]string{"get", "pods"}, test.args...)...).RequireError(t, 2))
	}
}

func TestOnlyAllowedCredentialPluginsRun(t *testing.T) {
	c, plugin := clitest.Start(t).WithPlugin()
	get := func(flags ...string) clitest.Result {
		return c.Kx(append(flags, "get", "pod", "shell", "-o", "name")...)
	}
	ran := clitest.Result{Code: 0, Out: "pod/shell\n", Err: "asked\n"}
	require.Equal(t, ran, get())
	require.Equal(t, ran, get("--allow-exec-plugin", plugin))
	require.Equal(t, ran, get("--allow-exec-plugin", "sh", "--allow-exec-plugin", plugin))
	t.Setenv("PATH", filepath.Dir(plugin)+string(os.PathListSeparator)+os.Getenv("PATH"))
	require.Equal(t, ran, get("--allow-exec-plugin", filepath.Base(plugin)))
	for _, command := range []string{"none", "sh", plugin + "2"} {
		line := get("--allow-exec-plugin", command).RequireError(t, 1)
		require.Contains(t, line, plugin)
		require.NotContains(t, line, "asked")
	}
}

func TestAnAllowedPluginRunsOnlyWithoutVariablesThatChooseWhatItLoads(t *testing.T) {
	c, plugin := clitest.Start(t).WithPlugin()
	text, err := os.ReadFile(c.KubeconfigFile)
	require.NoError(t, err)
	get := func(variable string, flags ...string) clitest.Result {
		file := c.Write("config", strings.Replace(string(text), "exec: {", `exec: {env: [{name: "`+variable+`", value: ""}], `, 1))
		return c.Kx(append(flags, "--kubeconfig", file, "get", "pod", "shell", "-o", "name")...)
	}
	ran := clitest.Result{Code: 0, Out: "pod/shell\n", Err: "asked\n"}
	for _, variable := range []string{"LD_PRELOAD", "PYTHONPATH", "NODE_OPTIONS", "BASH_ENV", "PYTHONPATH=/tmp/x"} {
		require.Equal(t, ran, get(variable), "every plugin may run as it is told")
		require.Equal(t, `error: credential plugin "`+plugin+`" of user "me": exec.env sets "`+variable+
			`", which chooses what a program loads, and only some plugins may run here: remove it from exec.env`,
			get(variable, "--allow-exec-plugin", plugin).RequireError(t, 1))
	}
	require.Equal(t, ran, get("AWS_PROFILE", "--allow-exec-plugin", plugin))
}

func TestAWordIsQuotedIfAShellWouldChangeIt(t *testing.T) {
	for word, want := range map[string]string{
		"jane": "jane", "/a/b.c_d-e": "/a/b.c_d-e", "k=v": "k=v", "system:serviceaccount:a:b": "system:serviceaccount:a:b",
		"": "''", "o brien": "'o brien'", "a'b": `'a'\''b'`, "$HOME": "'$HOME'", "~": "'~'", "é": "'é'",
	} {
		require.Equal(t, want, shellQuote(word))
	}
}

func TestTheHintHasTheNamespaceOfTheRefusal(t *testing.T) {
	c := clitest.Start(t).As("kx-nobody")
	hint := func(args ...string) string {
		_, hint, ok := strings.Cut(c.Kx(args...).RequireError(t, 1), `; "kx auth check --kubeconfig `+c.KubeconfigFile)
		require.True(t, ok)
		command, _, _ := strings.Cut(hint, `" says`)
		return command
	}
	require.Equal(t, " -n web", hint("get", "pods", "-n", "web"))
	require.Equal(t, " -n web", hint("get", "pod", "a", "-n", "web"))
	require.Equal(t, "", hint("get", "pods", "-A"))
	require.Equal(t, "", hint("get", "nodes"))
	require.Equal(t, "", hint("get", "namespace", "web"))
	require.Equal(t, " -n other", hint("create", "-f", c.Write("pod.yaml", strings.Replace(clitest.PodYAML, "name: web-0", "name: web-0\n  namespace: other", 1))))
}

func TestTheHintNamesTheRoleIfTheRoleHasTheRefusedRight(t *testing.T) {
	for request, want := range map[string]bool{
		"GET /api/v1/namespaces/web/pods/a": true, "GET /k8s/clusters/c-1/api/v1/namespaces/pods/pods/a": true, "PATCH /api/v1/namespaces/web/pods/a/ephemeralcontainers": true,
		"GET /api/v1/namespaces/web/pods/a/exec": true, "GET /api/v1/namespaces/web/pods/a/attach": true, "GET /api/v1/namespaces/web/pods/a/log": true, "POST /api/v1/namespaces/web/pods/a/portforward": true,
		"GET /api/v1/namespaces/web/pods": false, "GET /api/v1/pods": false, "DELETE /api/v1/namespaces/web/pods/a": false, "PUT /api/v1/namespaces/web/pods/a/ephemeralcontainers": false,
		"GET /api/v1/namespaces/web/pods/a/status": false, "GET /api/v1/namespaces/web/secrets/a": false, "GET /apis/metrics.k8s.io/v1beta1/namespaces/web/pods/a": false, "GET /api/v1/namespaces/pods": false,
	} {
		method, path, _ := strings.Cut(request, " ")
		require.Equal(t, want, coveredByRole(&transport.StatusError{Method: method, Path: path}), request)
	}
}

func TestTheHintIsPrintedOncePerNamespace(t *testing.T) {
	c := clitest.Start(t).As("kx-nobody")
	r := c.Kx("get", "pod", "a", "b", "c")
	require.Equal(t, 1, r.Code)
	require.Len(t, clitest.Lines(r.Err), 3)
	require.Equal(t, 1, strings.Count(r.Err, "kx auth check"), r.Err)
	r = c.Kx("create", "-f", c.Write("two.yaml", clitest.PodYAML+"\n---\n"+strings.Replace(clitest.PodYAML, "name: web-0", "name: web-0\n  namespace: other", 1)))
	require.Equal(t, 2, strings.Count(r.Err, "kx auth check"), r.Err)
}

func TestARefusedImpersonationConcernsTheUsersOwnRights(t *testing.T) {
	c := clitest.Start(t).As("kx-viewer")
	line := c.Kx("get", "pods", "--as", "root", "--as-group", "g").RequireError(t, 1)
	require.Contains(t, line, ` cannot impersonate resource "`)
	require.Contains(t, line, `"kx auth check --kubeconfig `+c.KubeconfigFile+` -n default" says`)
}

func TestARefusedImpersonationIsRecognisedOnEachServerVersion(t *testing.T) {
	for message, own := range map[string]bool{
		`users "root" is forbidden: User "me" cannot impersonate resource "users" in API group "" at the cluster scope`:                true,
		`pods is forbidden: User "me" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"`: true,
		`pods is forbidden: User "root" cannot list resource "pods" in API group "" in the namespace "default"`:                        false,
	} {
		k := &Invocation{}
		k.Connection.Override.Impersonate.User = "root"
		hint := k.accessHint(&transport.StatusError{Method: "GET", Path: "/api/v1/namespaces/default/pods", Status: transport.Status{Message: message}})
		require.Equal(t, own, !strings.Contains(hint, "--as root"), hint)
	}
}

func TestATokenFlagIsNeverPrinted(t *testing.T) {
	c := clitest.Start(t)
	token := c.ConfigOf("kx-nobody").BearerToken
	for _, given := range []string{token, "no-such-token", "a token"} {
		for _, args := range [][]string{{"get", "pods"}, {"exec", "shell", "--", "true"}, {"auth", "check"}, {"auth", "check", "-o", "json"}, {"auth", "check", "--role"}, {"auth", "whoami"}, {"get", "pods", "--frobnicate"}} {
			r := c.Kx(append([]string{"--token", given, "-v", "9"}, args...)...)
			require.NotContains(t, r.Out+r.Err, given)
		}
	}
}
