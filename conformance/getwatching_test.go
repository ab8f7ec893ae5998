package conformance_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// gettingChanges are behaviours of kx get --watch.
func gettingChanges() []behaviour {
	return []behaviour{
		{"kx get --watch prints objects and their changes until it is interrupted", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			name := strings.TrimPrefix(label, "of=")
			events := w.watchBy(t, w.kxProgram, "cm", "-l", label, "-w", "--output-watch-events", "-o", "jsonpath={.type} {.object.metadata.name};")
			rows := w.watchBy(t, w.kxProgram, "cm", "-l", label, "--watch")
			const all = "ADDED NAME-a;ADDED NAME-b;ADDED NAME-c;"
			events.prints(t, strings.ReplaceAll(all, "NAME", name))
			eventually(t, "the table is printed", func() bool { return strings.Count(rows.out.String(), "\n") == 4 })
			w.changeConfigMaps(t, name)
			events.prints(t, strings.ReplaceAll(all+"MODIFIED NAME-a;ADDED NAME-end;DELETED NAME-end;", "NAME", name))
			eventually(t, "the rows are printed", func() bool { return strings.Count(rows.out.String(), "\n") == 7 })
			require.Regexp(t, `^NAME +DATA +AGE\n(`+name+`-[abc] +[12] +\S+\n){4}(`+name+`-end +0 +\S+\n){2}$`, rows.out.String())
			for _, watch := range []*watchingGet{events, rows} {
				require.NoError(t, watch.cmd.Process.Signal(os.Interrupt))
				var exit *exec.ExitError
				require.ErrorAs(t, watch.cmd.Wait(), &exit)
				require.Equal(t, 1, exit.ExitCode())
				require.Empty(t, watch.err.String())
			}
		}},
	}
}

// changesBesideKubectl are behaviours of kx get --watch and kubectl get --watch on one cluster.
func changesBesideKubectl() []behaviour {
	return []behaviour{
		{"kx get --watch prints in each format what kubectl prints", func(t *testing.T, w *world) {
			for _, form := range []string{
				"", "--output-watch-events", "--no-headers", "--show-labels", "-L size", "-o wide", "-o name", "-o json", "-o yaml", "-o json --output-watch-events", "-o yaml --output-watch-events",
				"-o jsonpath={.metadata.name}", "-o jsonpath={.type}{.object.metadata.name} --output-watch-events", "-o custom-columns=NAME:.metadata.name,SIZE:.data.size",
			} {
				label := w.configMapsOfSizes(t)
				name := strings.TrimPrefix(label, "of=")
				args := append([]string{"cm", "-l", label, "-w"}, strings.Fields(form)...)
				theirs, ours := w.watchBy(t, w.kubectl, args...), w.watchBy(t, w.kxProgram, args...)
				eventually(t, "both print the list", func() bool {
					return strings.Contains(theirs.out.String(), name+"-c") && strings.Contains(ours.out.String(), name+"-c")
				})
				w.changeConfigMaps(t, name)
				eventually(t, "both print the changes", func() bool {
					return strings.Count(theirs.out.String(), name+"-end") > 1 && ageless(theirs.out.String()) == ageless(ours.out.String())
				})
			}
		}},
		{"kx get --watch ends at its --request-timeout as kubectl does", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			args := []string{"get", "cm", "-l", label, "-w", "-o", "name", "--request-timeout", "10s"}
			want := w.run(t, w.kubectl, "", args...)
			require.Equal(t, 0, want.code, want.stderr)
			require.Equal(t, want, w.kx(t, "", args...))
		}},
	}
}

// watchingGet is a running get --watch.
type watchingGet struct {
	cmd      *exec.Cmd
	out, err lockedBuffer
}

func (w *world) watchBy(t *testing.T, program string, args ...string) *watchingGet {
	t.Helper()
	g := &watchingGet{cmd: exec.CommandContext(within(t, commandLimit), program, append([]string{"--kubeconfig", w.kubeconfig, "-n", w.config.Namespace, "get"}, args...)...)}
	g.cmd.Stdout, g.cmd.Stderr = &g.out, &g.err
	require.NoError(t, g.cmd.Start())
	return g
}

func (g *watchingGet) prints(t *testing.T, want string) {
	t.Helper()
	eventually(t, want, func() bool { return g.out.String() == want })
}

// changeConfigMaps changes the first of configMapsOfSizes, and creates and deletes another one.
func (w *world) changeConfigMaps(t *testing.T, name string) {
	t.Helper()
	api := resources.New[resources.ConfigMap](w.client)
	_, err := api.Patch(t.Context(), name+"-a", patch.Merge(`{"data":{"size":"2Gi"}}`))
	require.NoError(t, err)
	_, err = api.CreateRaw(t.Context(), []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"`+name+`-end","labels":{"of":"`+name+`"}}}`))
	require.NoError(t, err)
	_, err = api.Delete(t.Context(), name+"-end")
	require.NoError(t, err)
}

// ageless replaces the ages of a table.
func ageless(text string) string {
	return regexp.MustCompile(`\b\d+m?\d*s\b`).ReplaceAllString(text, "AGE")
}
