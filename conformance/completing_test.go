package conformance_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// completing are the behaviours of the shell's completion, which asks the cluster.
func completing() []behaviour {
	return []behaviour{
		{"completion offers the kinds of the server with their short names, and its namespaces", func(t *testing.T, w *world) {
			kinds := w.completes(t, "get", "")
			require.Subset(t, kinds, []string{"pods\tpo", "deployments\tdeploy", "secrets", "nodes\tno"})
			require.NotContains(t, kinds, "tokenreviews")
			require.Contains(t, w.completes(t, "get", "dep"), "deploy")
			require.Contains(t, w.completes(t, "get", "pods", "-n", "kube-sy"), "kube-system")
		}},
		{"completion offers pods, their containers and their ports", func(t *testing.T, w *world) {
			name := w.create(t, podThat(w.name(), "sleep 1000")).Metadata.Name
			for _, verb := range []string{"exec", "logs", "attach", "debug"} {
				require.Contains(t, w.completes(t, verb, name[:len(name)-1]), name)
				require.Equal(t, []string{"pod/" + name}, w.completes(t, verb, "pod/"+name))
			}
			require.Equal(t, []string{name + ":"}, w.completes(t, "cp", name))
			require.Equal(t, []string{"app"}, w.completes(t, "exec", name, "-c", ""))
			require.Equal(t, []string{"app"}, w.completes(t, "debug", name, "--target", ""))
			nodes, err := resources.New[resources.Node](w.client).List(t.Context(), resources.ListOptions{Limit: 1})
			require.NoError(t, err)
			require.Contains(t, w.completes(t, "debug", "node/"), "node/"+nodes.Items[0].Metadata.Name)
			load := w.workload(t, "Deployment", 1)
			w.service(t, load)
			require.Equal(t, []string{"deploy/" + load.name}, w.completes(t, "wait", "deploy/"+load.name))
			require.Equal(t, []string{"80"}, w.completes(t, "port-forward", "svc/"+load.name, ""))
		}},
		{"completion of what the user may not list prints nothing", func(t *testing.T, w *world) {
			require.Empty(t, w.completes(t, "get", "pods", "-n", "no-such", "x"))
			require.Empty(t, w.completes(t, "get", "pods", "--token", "nonsense", ""))
			require.Empty(t, w.completes(t, "get", "no-such-kind", ""))
		}},
	}
}

// completes returns the words that a shell is offered, with their descriptions.
func (w *world) completes(t *testing.T, args ...string) []string {
	t.Helper()
	done := w.kx(t, "", append([]string{"__complete"}, args...)...)
	require.Zero(t, done.code)
	require.Empty(t, done.stderr)
	words, _, ok := strings.Cut("\n"+done.stdout, "\n:")
	require.True(t, ok, done.stdout)
	return strings.FieldsFunc(words, func(r rune) bool { return r == '\n' })
}
