package cli

import (
	"encoding/base64"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

func TestTheFlagsOfTheConnectionReachTheConfiguration(t *testing.T) {
	var k kx
	root := newRoot(&k)
	require.NoError(t, root.ParseFlags([]string{
		"--kubeconfig", "f", "--context", "c", "--cluster", "cl", "--user", "u", "-n", "ns", "-s", "https://h", "--certificate-authority", "ca", "--insecure-skip-tls-verify",
		"--tls-server-name", "name", "--token", "t", "--client-certificate", "crt", "--client-key", "key", "--as", "jane", "--as-uid", "7",
		"--as-group", "a,b", "--as-group", "c", "--as-user-extra", "k=1", "--as-user-extra", "K=2=3", "--as-user-extra", "acme.com/x=",
	}))
	require.Equal(t, kubeconfig.Options{Path: "f", Context: "c", Cluster: "cl", User: "u", Namespace: "ns", Override: kubeconfig.Overrides{
		Server: "https://h", CAFile: "ca", Insecure: true, TLSServerName: "name", Token: "t", CertFile: "crt", KeyFile: "key",
		Impersonate: kubeconfig.Impersonate{User: "jane", UID: "7", Groups: []string{"a,b", "c"}, Extra: map[string][]string{"k": {"1", "2=3"}, "acme.com/x": {""}}},
	}}, k.connection.Options)
	require.Equal(t, " --insecure-skip-tls-verify --kubeconfig f --context c --cluster cl --user u --server https://h --certificate-authority ca --tls-server-name name"+
		" --token TOKEN --client-certificate crt --client-key key --as jane --as-uid 7 --as-group a,b --as-group c --as-user-extra acme.com/x= --as-user-extra k=1 --as-user-extra k=2=3",
		k.connection.again())
}

func TestFlagsAloneLeadToAServer(t *testing.T) {
	c := start(t)
	cfg := c.ConfigOf("kx-editor")
	t.Setenv("KUBECONFIG", c.write("empty", ""))
	flags := []string{"--server", cfg.Server, "--token", cfg.BearerToken, "--certificate-authority", c.write("ca.pem", string(cfg.TLS.CAData))}
	require.Equal(t, result{0, "pod/shell\n", ""}, execute(t.Context(), "", append(flags, "get", "pod", "shell", "-o", "name")...))
	insecure := append(flags[:4:4], "--insecure-skip-tls-verify", "get", "pod", "shell", "-o", "name")
	require.Equal(t, 0, execute(t.Context(), "", insecure...).code)
	named := append(slices.Clone(flags), "--tls-server-name", "other.example", "get", "pods")
	require.Contains(t, execute(t.Context(), "", named...).fails(t, 1), "other.example")
	require.Contains(t, execute(t.Context(), "", append(flags[:4:4], "get", "pods")...).fails(t, 1), "certificate signed by unknown authority")
}

func TestAClientCertificateOfFlagsTakesThePlaceOfTheFilesOne(t *testing.T) {
	c := start(t)
	cfg, err := c.UserWithCertificate("certified", nil, kxtest.Allow("get", "pods").In("default"))
	require.NoError(t, err)
	block, _ := pem.Decode(cfg.TLS.KeyData)
	require.NotNil(t, block)
	other := kubeconfigFor(t, cfg.Server, ", certificate-authority-data: "+base64.StdEncoding.EncodeToString(cfg.TLS.CAData), "")
	flags := []string{"--kubeconfig", other, "--client-certificate", c.write("crt.pem", string(cfg.TLS.CertData)), "--client-key", c.write("key.pem", string(cfg.TLS.KeyData))}
	require.Equal(t, result{0, "pod/shell\n", ""}, execute(t.Context(), "", append(flags, "get", "pod", "shell", "-o", "name")...))
}

func TestTheFlagsOfImpersonationSayWhomToActAs(t *testing.T) {
	c := start(t)
	require.Equal(t, "ATTRIBUTE         VALUE\nUsername          jane\nUID               7\nGroups            [dev ops system:authenticated]\nExtra: acme.com   [a b]\n",
		c.done("auth", "whoami", "--as", "jane", "--as-uid", "7", "--as-group", "dev", "--as-group", "ops", "--as-user-extra", "acme.com=a", "--as-user-extra", "Acme.com=b"))
	require.Contains(t, c.kx("get", "pods", "--as", "kx-nobody").fails(t, 1), `User "kx-nobody" cannot list`)
	c.kx("get", "pods", "--as-group", "dev").fails(t, 1)
}

func TestAFlagOfTheConnectionThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--as-user-extra", "scopes"}, `error: invalid argument "scopes" for "--as-user-extra" flag: must be KEY=VALUE; see kx get --help`},
		{[]string{"--as-user-extra", "=x"}, `error: invalid argument "=x" for "--as-user-extra" flag: must be KEY=VALUE; see kx get --help`},
		{[]string{"--allow-exec-plugin", ""}, `error: invalid argument "" for "--allow-exec-plugin" flag: must be the name or path of a program, or none; see kx get --help`},
		{[]string{"--allow-exec-plugin", "none", "--allow-exec-plugin", "aws"}, `error: invalid argument "aws" for "--allow-exec-plugin" flag: none and a program exclude each other; see kx get --help`},
		{[]string{"--allow-exec-plugin", "aws", "--allow-exec-plugin", "none"}, `error: invalid argument "none" for "--allow-exec-plugin" flag: none and a program exclude each other; see kx get --help`},
	} {
		require.Equal(t, test.want, execute(t.Context(), "", append([]string{"get", "pods"}, test.args...)...).fails(t, 2))
	}
}

// withPlugin gives the cluster with a user whose token comes from a program, and that program.
func (c *cluster) withPlugin() (*cluster, string) {
	cfg := c.ConfigOf("kx-editor")
	plugin := c.write("plugin", `#!/bin/sh
echo "asked" >&2
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "`+cfg.BearerToken+`"}}'
`)
	require.NoError(c.t, os.Chmod(plugin, 0o700))
	other := *c
	other.kubeconfig = kubeconfigFor(c.t, cfg.Server, ", certificate-authority-data: "+base64.StdEncoding.EncodeToString(cfg.TLS.CAData),
		`exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: "`+plugin+`"}`)
	return &other, plugin
}

func TestOnlyTheCredentialPluginsThatAreAllowedRun(t *testing.T) {
	c, plugin := start(t).withPlugin()
	get := func(flags ...string) result { return c.kx(append(flags, "get", "pod", "shell", "-o", "name")...) }
	ran := result{0, "pod/shell\n", "asked\n"}
	require.Equal(t, ran, get())
	require.Equal(t, ran, get("--allow-exec-plugin", plugin))
	require.Equal(t, ran, get("--allow-exec-plugin", "sh", "--allow-exec-plugin", plugin))
	t.Setenv("PATH", filepath.Dir(plugin)+string(os.PathListSeparator)+os.Getenv("PATH"))
	require.Equal(t, ran, get("--allow-exec-plugin", filepath.Base(plugin)))
	for _, command := range []string{"none", "sh", plugin + "2"} {
		line := get("--allow-exec-plugin", command).fails(t, 1)
		require.Contains(t, line, plugin)
		require.NotContains(t, line, "asked")
	}
}

func TestOnlyTheUsualFlagsOfTheConnectionStandInTheHelpOfACommand(t *testing.T) {
	whole := execute(t.Context(), "", "--help").out
	short := execute(t.Context(), "", "get", "--help").out
	for _, name := range rareFlags {
		require.Contains(t, whole, "--"+name+" ")
		require.NotContains(t, short, "--"+name+" ")
	}
	for _, flag := range []string{"--kubeconfig FILE", "--context NAME", "--namespace NAME", "--as USER", "--request-timeout", "--v LEVEL"} {
		require.Contains(t, whole, flag)
		require.Contains(t, short, flag)
	}
	require.True(t, strings.HasSuffix(short, "see kx --help.\n"), short)
	require.Less(t, strings.Index(whole, "--kubeconfig"), strings.Index(whole, "--as "), "what belongs together stands together")
}

func TestAWordIsQuotedWhereAShellWouldReadItOtherwise(t *testing.T) {
	for word, want := range map[string]string{
		"jane": "jane", "/a/b.c_d-e": "/a/b.c_d-e", "k=v": "k=v", "system:serviceaccount:a:b": "system:serviceaccount:a:b",
		"": "''", "o brien": "'o brien'", "a'b": `'a'\''b'`, "$HOME": "'$HOME'", "~": "'~'", "é": "'é'",
	} {
		require.Equal(t, want, quoted(word))
	}
}

// Each command that asks the server something, as a user who may do nothing.
func TestARefusalOfAnyCommandNamesTheOneThatSaysWhatOneMayDo(t *testing.T) {
	c := start(t).as("kx-nobody")
	pod := c.write("pod.yaml", podYAML)
	commands := map[string][]string{
		"get":          {"pods"},
		"create":       {"-f", pod},
		"replace":      {"-f", pod},
		"patch":        {"pod", "shell", "-p", "{}"},
		"delete":       {"pod", "shell"},
		"debug":        {"shell", "--image", "kx.local/busybox:1"},
		"exec":         {"shell", "--", "true"},
		"attach":       {"shell"},
		"port-forward": {"shell", ":80"},
		"cp":           {"shell:/etc/hosts", "."},
	}
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			code := 1
			if name == "exec" || name == "attach" {
				code = 125
			}
			line := c.kx(append([]string{name, "--context", "kx-nobody"}, args...)...).fails(t, code)
			require.Contains(t, line, " is forbidden: ")
			hint := `; "kx auth check --kubeconfig ` + c.kubeconfig + ` --context kx-nobody -n default" says what this user may do`
			if slices.Contains([]string{"debug", "exec", "attach", "cp", "port-forward"}, name) {
				hint += ", and with --role what to ask an administrator for"
			}
			require.True(t, strings.HasSuffix(line, hint), line)
		})
	}
	asking := []string{"auth", "completion", "config", "version"} // these need no right, or say themselves what one may do
	var all []string
	for _, cmd := range newRoot(&kx{}).Commands() {
		all = append(all, cmd.Name())
	}
	require.ElementsMatch(t, all, append(asking, slices.Collect(maps.Keys(commands))...), "a new command belongs into the table")
}

func TestTheHintHasTheNamespaceOfTheRefusal(t *testing.T) {
	c := start(t).as("kx-nobody")
	hint := func(args ...string) string {
		_, hint, ok := strings.Cut(c.kx(args...).fails(t, 1), `; "kx auth check --kubeconfig `+c.kubeconfig)
		require.True(t, ok)
		command, _, _ := strings.Cut(hint, `" says`)
		return command
	}
	require.Equal(t, " -n web", hint("get", "pods", "-n", "web"))
	require.Equal(t, " -n web", hint("get", "pod", "a", "-n", "web"))
	require.Equal(t, "", hint("get", "pods", "-A"))
	require.Equal(t, "", hint("get", "nodes"))
	require.Equal(t, "", hint("get", "namespace", "web"))
	require.Equal(t, " -n other", hint("create", "-f", c.write("pod.yaml", strings.Replace(podYAML, "name: web-0", "name: web-0\n  namespace: other", 1))))
}

func TestTheRoleIsSpokenOfWhereItHoldsWhatWasRefused(t *testing.T) {
	for request, want := range map[string]bool{
		"GET /api/v1/namespaces/web/pods/a": true, "GET /k8s/clusters/c-1/api/v1/namespaces/pods/pods/a": true, "PATCH /api/v1/namespaces/web/pods/a/ephemeralcontainers": true,
		"GET /api/v1/namespaces/web/pods/a/exec": true, "GET /api/v1/namespaces/web/pods/a/attach": true, "GET /api/v1/namespaces/web/pods/a/log": true, "POST /api/v1/namespaces/web/pods/a/portforward": true,
		"GET /api/v1/namespaces/web/pods": false, "GET /api/v1/pods": false, "DELETE /api/v1/namespaces/web/pods/a": false, "PUT /api/v1/namespaces/web/pods/a/ephemeralcontainers": false,
		"GET /api/v1/namespaces/web/pods/a/status": false, "GET /api/v1/namespaces/web/secrets/a": false, "GET /apis/metrics.k8s.io/v1beta1/namespaces/web/pods/a": false, "GET /api/v1/namespaces/pods": false,
	} {
		method, path, _ := strings.Cut(request, " ")
		require.Equal(t, want, inRole(&transport.StatusError{Method: method, Path: path}), request)
	}
}

func TestTheHintIsGivenOnceForEachNamespace(t *testing.T) {
	c := start(t).as("kx-nobody")
	r := c.kx("get", "pod", "a", "b", "c")
	require.Equal(t, 1, r.code)
	require.Len(t, lines(r.err), 3)
	require.Equal(t, 1, strings.Count(r.err, "kx auth check"), r.err)
	r = c.kx("create", "-f", c.write("two.yaml", podYAML+"\n---\n"+strings.Replace(podYAML, "name: web-0", "name: web-0\n  namespace: other", 1)))
	require.Equal(t, 2, strings.Count(r.err, "kx auth check"), r.err)
}

func TestARefusalToActAsAnotherIsAboutTheUserHimself(t *testing.T) {
	c := start(t).as("kx-viewer")
	line := c.kx("get", "pods", "--as", "root", "--as-group", "g").fails(t, 1)
	require.Contains(t, line, ` cannot impersonate resource "`)
	require.Contains(t, line, `"kx auth check --kubeconfig `+c.kubeconfig+` -n default" says`)
}

func TestARefusalToActAsAnotherIsKnownInTheWordsOfEachServer(t *testing.T) {
	for message, own := range map[string]bool{
		`users "root" is forbidden: User "me" cannot impersonate resource "users" in API group "" at the cluster scope`:                true,
		`pods is forbidden: User "me" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "default"`: true, // from Kubernetes 1.37 on
		`pods is forbidden: User "root" cannot list resource "pods" in API group "" in the namespace "default"`:                        false,
	} {
		k := &kx{}
		k.connection.Override.Impersonate.User = "root"
		hint := k.hint(&transport.StatusError{Method: "GET", Path: "/api/v1/namespaces/default/pods", Status: transport.Status{Message: message}})
		require.Equal(t, own, !strings.Contains(hint, "--as root"), hint)
	}
}

func TestATokenOfAFlagIsNeverShown(t *testing.T) {
	c := start(t)
	token := c.ConfigOf("kx-nobody").BearerToken
	for _, given := range []string{token, "no-such-token", "a token"} {
		for _, args := range [][]string{{"get", "pods"}, {"exec", "shell", "--", "true"}, {"auth", "check"}, {"auth", "check", "-o", "json"}, {"auth", "check", "--role"}, {"auth", "whoami"}, {"get", "pods", "--frobnicate"}} {
			r := c.kx(append([]string{"--token", given, "-v", "9"}, args...)...)
			require.NotContains(t, r.out+r.err, given)
		}
	}
}
