package cli

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/kubeconfig"
)

func TestConnectionFlagsSetTheOptions(t *testing.T) {
	var k command.Invocation
	root := NewRoot(&k)
	require.NoError(t, root.ParseFlags([]string{
		"--kubeconfig", "f", "--context", "c", "--cluster", "cl", "--user", "u", "-n", "ns", "-s",
		"https://h", "--certificate-authority", "ca", "--insecure-skip-tls-verify",
		"--tls-server-name", "name", "--token", "t", "--client-certificate", "crt", "--client-key", "key", "--as", "jane", "--as-uid", "7",
		"--as-group", "a,b", "--as-group", "c", "--as-user-extra", "k=1", "--as-user-extra", "K=2=3", "--as-user-extra", "acme.com/x=",
	}))
	require.Equal(t, kubeconfig.Options{Path: "f", Context: "c", Cluster: "cl", User: "u", Namespace: "ns", Override: kubeconfig.Overrides{
		Server: "https://h", CAFile: "ca", Insecure: true, TLSServerName: "name", Token: "t",
		CertFile: "crt", KeyFile: "key",
		Impersonate: kubeconfig.Impersonate{User: "jane", UID: "7", Groups: []string{"a,b", "c"}, Extra: map[string][]string{"k": {"1", "2=3"}, "acme.com/x": {""}}},
	}}, k.Connection.Options)
	require.Equal(t,
		" --insecure-skip-tls-verify --kubeconfig f --context c --cluster cl --user u --server "+
			"https://h --certificate-authority ca --tls-server-name name"+
			" --token TOKEN --client-certificate crt --client-key key --as jane --as-uid 7 --as-group a,b --as-group c --as-user-extra acme.com/x= --as-user-extra k=1 --as-user-extra k=2=3",
		k.Connection.ConnectionFlags())
}

// People's aliases (kx -n prod) expect it.
func TestOfAFlagThatIsGivenTwiceTheLastCounts(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod/shell\n", c.MustRun("-n", "none", "get", "-o", "json", "pod", "shell", "-n", "default", "-o", "name"))
	require.Equal(t, "2\n", c.MustRun("exec", "shell", "-c", "none", "-c", "main", "-q", "--", "echo", "2"))
	require.Contains(t, c.MustRun("debug", "distroless", "--image", "a:1", "--image", "b:2", "--profile", "netadmin", "--profile", "general", "--dry-run=client", "-o", "yaml"), "image: b:2")
}

// The user of this test may do nothing.
func TestEveryForbiddenCommandSuggestsAuthCheck(t *testing.T) {
	c := clitest.Start(t).As("kx-nobody")
	pod, archive := c.Write("pod.yaml", clitest.PodYAML), c.Write("tools.tar", "")
	c.MustRun("image", "pack", "a:1", c.Write("strace", string(clitest.StaticProgram())), "-o", archive, "-q")
	commands := map[string][]string{
		"get":          {"pods"},
		"create":       {"-f", pod},
		"replace":      {"-f", pod},
		"patch":        {"pod", "shell", "-p", "{}"},
		"delete":       {"pod", "shell"},
		"describe":     {"pod", "shell"},
		"debug":        {"shell", "--image", "kx.local/busybox:1"},
		"exec":         {"shell", "--", "true"},
		"attach":       {"shell"},
		"port-forward": {"shell", ":80"},
		"cp":           {"shell:/etc/hosts", "."},
		"api":          {"GET", "/api/v1/namespaces/default/pods"},
		"events":       {},
		"logs":         {"shell", "-c", "main"},
		"image":        {"load", archive, "--node", "kx-node", "--image", "kx.local/busybox:1", "-q"},
		"wait":         {"pod/shell", "--for", "condition=Ready"},
	}
	codes := map[string]int{"exec": 125, "attach": 125, "api": exitClientError}
	withRole := []string{"describe", "debug", "exec", "attach", "cp", "port-forward", "logs"}
	for name, args := range commands {
		t.Run(name, func(t *testing.T) {
			code, ok := codes[name]
			if !ok {
				code = 1
			}
			line := c.Kx(append([]string{name, "--context", "kx-nobody"}, args...)...).RequireError(t, code)
			require.Contains(t, line, " is forbidden: ")
			hint := `; "kx auth check --kubeconfig ` + c.KubeconfigFile + ` --context kx-nobody -n default" says what this user may do`
			if slices.Contains(withRole, name) {
				hint += ", and with --role what to ask an administrator for"
			}
			require.True(t, strings.HasSuffix(line, hint), line)
		})
	}
	// These commands need no permission, or print permissions, or ask no server.
	asking := []string{"auth", "completion", "config", "options", "record", "version"}
	var all []string
	for _, cmd := range NewRoot(&command.Invocation{}).Commands() {
		all = append(all, cmd.Name())
	}
	require.ElementsMatch(t, all, append(asking, slices.Collect(maps.Keys(commands))...), "a new command belongs into the table")
}

func TestAMisspelledFlagOrKindSuggestsTheRightOne(t *testing.T) {
	c := clitest.Start(t)
	for want, args := range map[string][]string{
		"error: unknown flag: --namspace: did you mean --namespace?; see kx get --help\n":            {"get", "pods", "--namspace", "x"},
		"error: unknown flag: --allnamespaces: did you mean --all-namespaces?; see kx logs --help\n": {"logs", "--allnamespaces"},
		"error: unknown flag: --frobnicate; see kx get --help\n":                                     {"get", "pods", "--frobnicate"},
		"error: unknown shorthand flag: 'Z' in -Z; see kx get --help\n":                              {"get", "pods", "-Z"},
	} {
		require.Equal(t, want, c.Kx(args...).RequireError(t, 2)+"\n")
	}
	require.Equal(t, `error: the server has no resource type "deploymets": did you mean deployments?`,
		c.Kx("get", "deploymets").RequireError(t, 1))
}
