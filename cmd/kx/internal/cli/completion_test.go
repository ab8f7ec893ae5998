package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
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
	require.Equal(t, command.Kinds, clitest.Complete(c, "get", ""))
	require.Equal(t, []string{"distroless", "shell"}, clitest.Complete(c, "get", "pods", ""))
	require.Equal(t, []string{"pod/distroless", "pod/shell"}, clitest.Complete(c, "delete", "pod/"))
	require.Empty(t, clitest.Complete(c, "patch", "pod/shell", ""))
	require.Equal(t, []string{"images", "ls", "stop", "distroless", "shell"}, clitest.Complete(c, "debug", ""))
	require.Equal(t, []string{"pod/distroless", "pod/shell"}, clitest.Complete(c, "debug", "pod/"))
	for _, verb := range []string{"exec", "attach"} {
		require.Equal(t, []string{"pod/distroless", "pod/shell"}, clitest.Complete(c, verb, "pod/"))
		require.Equal(t, []string{"main", "echo"}, clitest.Complete(c, verb, "pod/shell", "-c", ""))
		require.Empty(t, clitest.Complete(c, verb, "nope", "-c", ""))
	}
	require.Equal(t, []string{"app"}, clitest.Complete(c, "debug", "distroless", "--target", ""))
	require.Empty(t, clitest.Complete(c, "debug", "--target", ""))
	require.Empty(t, clitest.Complete(c, "get", "widgets", ""))
	require.Equal(t, []string{"json", "yaml", "name"}, clitest.Complete(c, "create", "-o", ""))
	require.Equal(t, command.Subresources, clitest.Complete(c, "replace", "--subresource", ""))
	require.Equal(t, []string{"kx-admin"}, clitest.Complete(c, "get", "--context", ""))
	require.Equal(t, []string{"kx-admin"}, clitest.Complete(c, "config", "use-context", ""))
	c.KubeconfigFile = c.Write("two", "contexts: [{name: a, context: {cluster: east, user: me}}, {name: b, context: {cluster: west, user: me}}, {name: c, context: {cluster: west}}]")
	require.Equal(t, []string{"east", "west"}, clitest.Complete(c, "get", "--cluster", ""))
	require.Equal(t, []string{"me"}, clitest.Complete(c, "get", "--user", ""))
	require.Equal(t, []string{"bash", "zsh", "fish", "powershell"}, clitest.Complete(c, "completion", ""))
}

func TestCompletionOffersOnlyKnownKinds(t *testing.T) {
	for _, name := range command.Kinds {
		kind, ok := resources.Lookup(name)
		require.True(t, ok, name)
		require.Equal(t, name, kind.Resource)
	}
}
