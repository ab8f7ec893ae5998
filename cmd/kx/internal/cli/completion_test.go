package cli

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

func TestCompletionPrintsAScriptForEachShell(t *testing.T) {
	for shell, want := range map[string]string{"bash": "__start_kx", "zsh": "#compdef kx", "fish": "complete -c kx", "powershell": "Register-ArgumentCompleter"} {
		r := clitest.Execute(t.Context(), "", "completion", shell)
		require.Equal(t, clitest.Result{Code: 0, Out: r.Out, Err: ""}, r)
		require.Contains(t, r.Out, want)
	}
	for _, args := range [][]string{{}, {"tcsh"}, {"bash", "zsh"}} {
		require.Regexp(t, `; see kx completion --help$`, clitest.Execute(t.Context(), "", append([]string{"completion"}, args...)...).RequireError(t, 2))
	}
}

func TestCompletionOffersKindsAndNames(t *testing.T) {
	c := clitest.Start(t)
	c.Deployment("web", "web", 0)
	for line, want := range map[string][]string{
		"get pods ":              {"distroless", "shell"},
		"get pods sh":            {"shell"},
		"get pods shell ":        {"distroless"},
		"delete pod/":            {"pod/distroless", "pod/shell"},
		"patch pod/shell ":       nil,
		"wait deploy/":           {"deploy/web"},
		"events no/":             {"no/kx-node"},
		"events --for no/":       {"no/kx-node"},
		"auth can-i get pods ":   {"distroless", "shell"},
		"get widgets ":           nil,
		"get deploy":             {"deployments", "deploy"},
		"get pods,deplo":         {"pods,deployments", "pods,deploy"},
		"get svc":                {"svc"},
		"get -n kube-":           {"kube-node-lease", "kube-public", "kube-system"},
		"debug ":                 {"images", "ls", "stop", "distroless", "shell"},
		"debug pod/":             {"pod/distroless", "pod/shell"},
		"debug node/":            {"node/kx-node"},
		"debug depl":             {"deployment/"},
		"debug shell ":           nil,
		"debug shell --all ":     {"distroless", "shell"},
		"debug stop node/":       {"node/kx-node"},
		"debug stop shell ":      {"main", "echo"},
		"debug ls deploy/":       nil,
		"debug images ":          {"distroless", "shell"},
		"debug x --target ":      nil,
		"debug --target ":        nil,
		"debug shell --target ":  {"main", "echo"},
		"exec pod/":              {"pod/distroless", "pod/shell"},
		"exec stateful":          {"statefulset/"},
		"exec pod/shell -c ":     {"main", "echo"},
		"exec nope -c ":          nil,
		"attach sh":              {"shell"},
		"attach svc/":            nil,
		"logs sh":                {"shell"},
		"logs shell ":            {"main", "echo"},
		"logs shell -c e":        {"echo"},
		"cp sh":                  {"shell:"},
		"cp deployment/":         {"deployment/web:"},
		"cp deploym":             {"deployment/"},
		"cp shell:/x ":           nil,
		"cp shell:/":             nil,
		"cp ./x d":               {"distroless:", "deployment/", "daemonset/"},
		"cp ./x":                 nil,
		"create -o ":             {"json", "yaml", "name"},
		"replace --subresource ": command.Subresources,
		"get --context ":         {"kx-admin"},
		"config use-context ":    {"kx-admin"},
		"completion ":            {"bash", "zsh", "fish", "powershell"},
	} {
		require.Equal(t, want, clitest.Complete(c, strings.Split(line, " ")...), line)
	}
	require.Subset(t, clitest.Complete(c, "get", ""), command.Kinds)
	require.NotContains(t, clitest.Complete(c, "get", ""), "deploy")
}

func TestCompletionOffersTheKindsOfTheServerThatCanBeListed(t *testing.T) {
	c := clitest.Start(t)
	out := c.MustRun("__complete", "get", "")
	require.Contains(t, out, "\nendpointslices\n")
	require.Contains(t, out, "\ndeployments\tdeploy\n")
	require.Contains(t, out, "\nevents.events.k8s.io\tev\n")
	require.NotContains(t, out, "tokenreviews")
}

func TestCompletionOffersNothingForABrokenKubeconfig(t *testing.T) {
	c := clitest.Start(t)
	require.Contains(t, clitest.Complete(c, "exec", "shell", "-c", ""), "main")
	for name, text := range map[string]string{
		"no YAML": "a: [", "no context": "kind: Config\n", "no cluster": "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n",
	} {
		broken := c.Write("broken", text)
		for _, line := range [][]string{
			{"exec", "shell", "-c", ""}, {"logs", "shell", "-c", ""}, {"attach", "shell", "-c", ""},
			{"exec", ""}, {"get", "pods", ""}, {"get", "-n", ""},
		} {
			args := append([]string{"__complete", "--kubeconfig", broken}, line...)
			require.Equal(t, clitest.Result{Out: ":4\n"}, clitest.Execute(t.Context(), "", args...), "%s: %q", name, line)
		}
	}
}

func TestCompletionOffersThePortsThatAnObjectDeclares(t *testing.T) {
	c := clitest.Start(t)
	const containers = `"containers": [{"name": "app", "image": "x", "ports": [{"containerPort": 8080, "name": "http"}]},
		{"name": "side", "image": "x", "ports": [{"containerPort": 9090}]}]`
	for _, object := range []string{
		`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {` + containers + `}}`,
		`{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80, "name": "front", "targetPort": "http"}]}}`,
		`{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"a": "b"}},
			"template": {"metadata": {"labels": {"a": "b"}}, "spec": {` + containers + `}}}}`,
	} {
		_, err := c.Create(object)
		require.NoError(t, err)
	}
	require.Equal(t, "8080\thttp\n9090\n:4\n", c.MustRun("__complete", "port-forward", "web", ""))
	require.Equal(t, "80\tfront\n:4\n", c.MustRun("__complete", "port-forward", "svc/web", ""))
	require.Equal(t, []string{"8080", "9090"}, clitest.Complete(c, "port-forward", "deployment/web", ""))
	require.Equal(t, []string{"1:8080"}, clitest.Complete(c, "port-forward", "pod/web", "9090", "1:8"))
	require.Equal(t, []string{"9090"}, clitest.Complete(c, "port-forward", "web", "8080", ""))
	require.Empty(t, clitest.Complete(c, "port-forward", "nope", ""))
	require.Equal(t, []string{"distroless", "shell", "web"}, clitest.Complete(c, "port-forward", ""))
}

func TestCompletionReadsContextsWithoutTheServer(t *testing.T) {
	c := clitest.Start(t)
	c.KubeconfigFile = c.Write("two", "contexts: [{name: b, context: {cluster: east, user: me}}, {name: a, context: {cluster: west, user: me}}, {name: '$(id)', context: {cluster: west}}]")
	before := len(c.Requests())
	require.Equal(t, []string{"a", "b"}, clitest.Complete(c, "get", "--context", ""))
	require.Equal(t, []string{"east", "west"}, clitest.Complete(c, "get", "--cluster", ""))
	require.Equal(t, []string{"me"}, clitest.Complete(c, "get", "--user", ""))
	require.Len(t, c.Requests(), before)
}

func TestTheShellAddsNoSpaceAfterASlashOrAColon(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "deployment/\n:6\n", c.MustRun("__complete", "exec", "dep"))
	require.Equal(t, "shell:\n:2\n", c.MustRun("__complete", "cp", "sh"))
	require.Equal(t, ":0\n", c.MustRun("__complete", "cp", "./"))
	require.Equal(t, ":0\n", c.MustRun("__complete", "cp", "shell:/x", "sh"))
	require.Equal(t, ":4\n", c.MustRun("__complete", "cp", "a", "b", ""))
}

func TestCompletionPrintsNothingIfTheServerFails(t *testing.T) {
	lines := [][]string{{"get", "pods", ""}, {"exec", ""}, {"exec", "shell", "-c", ""}, {"get", "-n", ""}, {"port-forward", "shell", ""}, {"get", "pod/"}}
	for name, effect := range map[string]*kxtest.Effect{
		"no JSON":       kxtest.Answer(200, nil, "<html>\x1b[2J"),
		"another shape": kxtest.Answer(200, http.Header{"Content-Type": {"application/json"}}, `{"kind": "Table", "rows": [{"cells": [[]]}], "columnDefinitions": [{"name": 1}]}`),
		"no rows":       kxtest.Answer(200, http.Header{"Content-Type": {"application/json"}}, `{"kind": "Table", "rows": [{"cells": []}, {}], "columnDefinitions": [{"name": "Name"}]}`),
		"no columns":    kxtest.Answer(200, http.Header{"Content-Type": {"application/json"}}, `{"kind": "Table", "rows": [{"cells": ["a"]}]}`),
		"a refusal":     kxtest.AnswerStatus(403, "Forbidden", "no", 0),
	} {
		t.Run(name, func(t *testing.T) {
			c := clitest.Start(t)
			c.Fault(kxtest.Fault{Times: -1, Then: effect})
			for _, line := range lines {
				require.Empty(t, clitest.Complete(c, line...), line)
			}
			require.Equal(t, command.Kinds, clitest.Complete(c, "get", ""))
		})
	}
}

func TestCompletionGivesUpWhenTheServerHangs(t *testing.T) {
	t.Setenv("KX_COMPLETION_TIMEOUT", "") // the default, which is far below the test's limit
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Times: -1, Delay: 10 * clitest.Limit})
	before := len(c.Requests())
	require.Empty(t, clitest.Complete(c, "get", "pods", ""))
	require.LessOrEqual(t, len(c.Requests())-before, 1)
	require.Equal(t, command.Kinds, clitest.Complete(c, "get", ""))
}

func TestCompletionDropsNamesThatAShellWouldNotReadAsTheyAre(t *testing.T) {
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods", Times: -1, Then: kxtest.Answer(200, http.Header{"Content-Type": {"application/json"}},
		`{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "columnDefinitions": [{"name": "Age"}, {"name": "Name", "format": "name"}], "rows": [{"cells": ["1s", "good-1.x"]}, {"cells": ["1s", "-rf"]}, {"cells": ["1s", "$(id)"]},
			{"cells": ["1s", "a b"]}, {"cells": ["1s", "a\u001b[2J"]}, {"cells": ["1s", "a\nb"]}, {"cells": ["1s", "a;b"]}, {"cells": ["1s", "`+"`id`"+`"]},
			{"cells": ["1s", "a\u202eb"]}, {"cells": ["1s", "é"]}, {"cells": ["1s", "~"]}, {"cells": ["1s", "a\tb"]}, {"cells": ["1s", "_activeHelp_ x"]}, {"cells": ["1s", "`+strings.Repeat("a", 600)+`"]}]}`)})
	require.Equal(t, []string{"good-1.x"}, clitest.Complete(c, "get", "pods", ""))
	require.Equal(t, []string{"pod/good-1.x"}, clitest.Complete(c, "get", "pod/"))
	require.Equal(t, []string{"good-1.x:"}, clitest.Complete(c, "cp", ""))
}

func TestCompletionShowsNothingOfACredentialPlugin(t *testing.T) {
	c, _ := clitest.Start(t).WithPlugin() // which prints to stderr
	require.Equal(t, []string{"distroless", "shell"}, clitest.Complete(c, "get", "pods", ""))
}

func TestCompletionGivesUpOnASlowCredentialPlugin(t *testing.T) {
	c, plugin := clitest.Start(t).WithPlugin()
	require.NoError(t, os.WriteFile(plugin, []byte("#!/bin/sh\nexec sleep 3600\n"), 0o700))
	t.Setenv("KX_COMPLETION_TIMEOUT", "")
	require.Empty(t, clitest.Complete(c, "get", "pods", ""))
}

func TestCompletionOffersOnlyKnownKinds(t *testing.T) {
	for _, name := range command.Kinds {
		kind, ok := resources.Lookup(name)
		require.True(t, ok, name)
		require.Equal(t, name, kind.Resource)
	}
	for _, name := range command.WorkloadKinds {
		require.True(t, command.HasPods(name), name)
	}
}
