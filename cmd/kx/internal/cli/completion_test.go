package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestCompletionPrintsAScriptForEachShell(t *testing.T) {
	for shell, want := range map[string]string{"bash": "__start_kx", "zsh": "#compdef kx", "fish": "complete -c kx", "powershell": "Register-ArgumentCompleter"} {
		r := execute(t.Context(), "", "completion", shell)
		require.Equal(t, result{0, r.out, ""}, r)
		require.Contains(t, r.out, want)
	}
	for _, args := range [][]string{{}, {"tcsh"}, {"bash", "zsh"}} {
		require.Regexp(t, `; see kx completion --help$`, execute(t.Context(), "", append([]string{"completion"}, args...)...).fails(t, 2))
	}
}

// complete gives what a shell would be offered, without what describes it.
func complete(c *cluster, args ...string) (words []string) {
	out := c.kx(append([]string{"__complete", "--kubeconfig", c.kubeconfig}, args...)...).out
	offered, directive, _ := strings.Cut(out, ":")
	require.NotEmpty(c.t, directive, out)
	for line := range strings.Lines(offered) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		words = append(words, word)
	}
	return words
}

func TestCompletionOffersKindsAndNames(t *testing.T) {
	c := start(t)
	require.Equal(t, kinds, complete(c, "get", ""))
	require.Equal(t, []string{"distroless", "shell"}, complete(c, "get", "pods", ""))
	require.Equal(t, []string{"pod/distroless", "pod/shell"}, complete(c, "delete", "pod/"))
	require.Empty(t, complete(c, "patch", "pod/shell", ""))
	require.Equal(t, []string{"images", "ls", "stop", "distroless", "shell"}, complete(c, "debug", ""))
	require.Equal(t, []string{"pod/distroless", "pod/shell"}, complete(c, "debug", "pod/"))
	for _, verb := range []string{"exec", "attach"} {
		require.Equal(t, []string{"pod/distroless", "pod/shell"}, complete(c, verb, "pod/"))
		require.Equal(t, []string{"main", "echo"}, complete(c, verb, "pod/shell", "-c", ""))
		require.Empty(t, complete(c, verb, "nope", "-c", ""))
	}
	require.Equal(t, []string{"app"}, complete(c, "debug", "distroless", "--target", ""))
	require.Empty(t, complete(c, "debug", "--target", ""))
	require.Empty(t, complete(c, "get", "widgets", ""))
	require.Equal(t, []string{"json", "yaml", "name"}, complete(c, "create", "-o", ""))
	require.Equal(t, subresources, complete(c, "replace", "--subresource", ""))
	require.Equal(t, []string{"kx-admin"}, complete(c, "get", "--context", ""))
	require.Equal(t, []string{"kx-admin"}, complete(c, "config", "use-context", ""))
	c.kubeconfig = c.write("two", "contexts: [{name: a, context: {cluster: east, user: me}}, {name: b, context: {cluster: west, user: me}}, {name: c, context: {cluster: west}}]")
	require.Equal(t, []string{"east", "west"}, complete(c, "get", "--cluster", ""))
	require.Equal(t, []string{"me"}, complete(c, "get", "--user", ""))
	require.Equal(t, []string{"bash", "zsh", "fish", "powershell"}, complete(c, "completion", ""))
}

func TestTheKindsOfCompletionAreKnown(t *testing.T) {
	for _, name := range kinds {
		kind, ok := resources.Lookup(name)
		require.True(t, ok, name)
		require.Equal(t, name, kind.Resource)
	}
}
