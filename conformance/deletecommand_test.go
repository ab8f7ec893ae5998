package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// deleteCommand are behaviours of kx delete.
func deleteCommand() []behaviour {
	return []behaviour{
		{"kx delete -l deletes the pods that match, and no other", func(t *testing.T, w *world) {
			label := w.name()
			pods := []string{w.labelled(t, label), w.labelled(t, label)}
			other := w.pod(t)
			done := w.kx(t, "", "delete", "pods", "-l", "set="+label, "--dry-run=client")
			require.Equal(t, result{stdout: w.deletedLines(" (dry run)", pods...)}, done)
			done = w.kx(t, "", "delete", "pods", "-l", "set="+label)
			require.Equal(t, result{stdout: w.deletedLines("", pods...)}, done)
			w.get(t, other)
			for _, name := range pods {
				_, err := w.pods.Get(t.Context(), name)
				require.ErrorIs(t, err, transport.ErrNotFound)
			}
			require.Equal(t, result{stderr: "No resources found\n"}, w.kx(t, "", "delete", "pods", "-l", "set="+label))
		}},
		{"kx delete --force removes a pod whose node is gone", func(t *testing.T, w *world) {
			name := w.name()
			w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"nodeName":"gone","automountServiceAccountToken":false,
				"tolerations":[{"operator":"Exists"}],"containers":[{"name":"app","image":"kx.local/busybox:1"}]}}`, name))
			done := w.kx(t, "", "delete", "pod", name, "--force", "--grace-period=0", limitFlag)
			require.Equal(t, result{stdout: `pod "` + name + `" force deleted from ` + w.config.Namespace + " namespace\n",
				stderr: "Warning: kx does not wait until the programs have ended: they may go on running\n"}, done)
			_, err := w.pods.Get(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
		{"kx delete -A deletes in the namespaces of the objects", func(t *testing.T, w *world) {
			label := w.name()
			name := w.labelled(t, label)
			done := w.run(t, w.kxProgram, "", "delete", "pods", "-A", "-l", "set="+label)
			require.Equal(t, result{stdout: w.deletedLines("", name)}, done)
		}},
	}
}

// labelled creates a pod of a set, which no node runs.
func (w *world) labelled(t *testing.T, set string) string {
	t.Helper()
	name := w.pod(t)
	_, err := w.pods.Modify(t.Context(), name, func(p *resources.Pod) error {
		p.Metadata.Labels["set"] = set
		return nil
	})
	require.NoError(t, err)
	return name
}

// deletedLines returns what kx delete prints about pods.
func (w *world) deletedLines(suffix string, pods ...string) string {
	var lines strings.Builder
	for _, name := range pods {
		fmt.Fprintf(&lines, "pod %q deleted from %s namespace%s\n", name, w.config.Namespace, suffix)
	}
	return lines.String()
}

// deleteBesideKubectl are behaviours of kx delete and kubectl delete on one cluster. Each form runs
// with --dry-run, so that the next one meets the same objects.
func deleteBesideKubectl() []behaviour {
	return []behaviour{
		{"kx delete and kubectl delete choose the same objects", func(t *testing.T, w *world) {
			label := w.name()
			name := w.labelled(t, label)
			w.labelled(t, label)
			for _, form := range []string{
				"pod NAME", "pod/NAME", "pods NAME --now", "pod/NAME --force", "pod/NAME --force --grace-period=0", "pods -l set=SET", "pods -l set=SET -o name",
				"pods --field-selector metadata.name=NAME", "pods,configmaps -l set=SET", "pods -l set=SET --cascade=foreground",
				"pod/none --ignore-not-found", "pod/none", "pod/NAME pod/none",
			} {
				for _, dryRun := range []string{"--dry-run=client", "--dry-run=server"} {
					if dryRun == "--dry-run=client" && strings.Contains(form, "none") {
						continue // kubectl does not look whether the object exists
					}
					line := strings.NewReplacer("NAME", name, "SET", label).Replace(form)
					args := append([]string{"delete", dryRun}, strings.Fields(line)...)
					ours, theirs := w.kx(t, "", args...), w.run(t, w.kubectl, "", args...)
					require.Equal(t, result{stdout: theirs.stdout, code: theirs.code}, result{stdout: ours.stdout, code: ours.code}, "%s %s\n%s%s", line, dryRun, ours.stderr, theirs.stderr)
				}
			}
		}},
	}
}
