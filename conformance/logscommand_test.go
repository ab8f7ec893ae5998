package conformance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// logsCommand are the behaviours of kx logs.
func logsCommand() []behaviour {
	return []behaviour{
		{"kx logs prints the lines that its flags choose", func(t *testing.T, w *world) {
			name := w.logging(t)
			for flags, want := range map[string]string{
				"":                                  "one\ntwo\nthree",
				"-c app":                            "one\ntwo\nthree",
				"app":                               "one\ntwo\nthree",
				"--tail=2":                          "two\nthree",
				"--tail=0":                          "",
				"--limit-bytes=5":                   "one\nt",
				"--since=1h":                        "one\ntwo\nthree",
				"--since-time=2126-01-01T00:00:00Z": "",
				"--grep ^t":                         "two\nthree",
				"-f":                                "one\ntwo\nthree",
				"--all-containers --prefix":         fmt.Sprintf("[pod/%s/app] one\n[pod/%[1]s/app] two\n[pod/%[1]s/app] three\n[pod/%[1]s/other] four\n", name),
				"-f --all-containers --grep f":      "four\n",
			} {
				done := w.kx(t, "", slices.Concat([]string{"logs", name}, strings.Fields(flags))...)
				require.Equal(t, 0, done.code, done.stderr)
				require.Equal(t, want, done.stdout, flags)
			}
			done := w.kx(t, "", "logs", name, "-c", "app", "--timestamps", "--tail", "1")
			require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) three$`, done.stdout)
		}},
		{"kx logs of a workload prints one pod, and with --all-pods every pod with prefixes", func(t *testing.T, w *world) {
			load := w.workload(t, "Deployment", 2)
			done := w.kx(t, "", "logs", "deploy/"+load.name)
			require.Equal(t, result{stderr: fmt.Sprintf("Using pod/%s of deploy/%s (2 pods)\n", load.pods[0], load.name)}, done)
			require.Equal(t, result{}, w.kx(t, "", "logs", "deploy/"+load.name, "--all-pods"))
			require.Equal(t, result{}, w.kx(t, "", "logs", "-l", load.selector))
		}},
		{"kx logs prints the other logs if one cannot be read, and fails", func(t *testing.T, w *world) {
			name := w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"restartPolicy":"Never","automountServiceAccountToken":false,"containers":[
				{"name":"bad","image":"kx.local/no-such:1","imagePullPolicy":"Never"},
				{"name":"good","image":%q,"imagePullPolicy":"Never","command":["echo","fine"]}]}}`, w.name(), image)).Metadata.Name
			eventually(t, "the good container has ended", func() bool {
				statuses := w.get(t, name).Status.ContainerStatuses
				return len(statuses) == 2 && statuses[1].State.Terminated != nil && statuses[0].State.Waiting != nil
			})
			done := w.kx(t, "", "logs", name, "--all-containers")
			require.Equal(t, 1, done.code)
			require.Equal(t, "fine\n", done.stdout)
			require.Contains(t, done.stderr, `container "bad" in pod "`+name+`" is waiting to start`)
			done = w.kx(t, "", "logs", name, "--all-containers", "--ignore-errors")
			require.Equal(t, 0, done.code)
			require.Contains(t, done.stderr, "Warning: ")
			done = w.kx(t, "", "logs", name, "-c", "bad", "-f")
			require.Equal(t, 1, done.code)
			require.Contains(t, done.stderr, "does not run: ErrImageNeverPull")
		}},
	}
}

// logsBesideKubectl are the behaviours of kx logs and kubectl logs on one cluster.
func logsBesideKubectl() []behaviour {
	return []behaviour{
		{"kx logs and kubectl logs print the same bytes", func(t *testing.T, w *world) {
			name := w.logging(t)
			for _, flags := range []string{
				"", "-c app", "-c other", "app", "--tail=2", "--tail=0", "--tail=-1", "--limit-bytes=5", "--since=1h",
				"--since=1h --tail 1", "--timestamps", "--timestamps --tail=1", "--prefix", "--prefix --timestamps",
				"-f", "-f --tail=1", "-f --prefix",
			} {
				args := slices.Concat([]string{"logs", name}, strings.Fields(flags))
				theirs := w.run(t, w.kubectl, "", args...)
				require.Equal(t, 0, theirs.code, "%s: %v", flags, theirs)
				ours := w.kx(t, "", args...)
				require.Equal(t, theirs, ours, flags)
			}
			for _, args := range [][]string{
				{"logs", name, "--since=1h", "--since-time=2026-01-01T00:00:00Z"}, {"logs"}, {"logs", name, "-l", "a=b"},
				{"logs", name, "--all-containers", "-c", "app"}, {"logs", name, "--tail=-2"}, {"logs", name, "-p", "-c", "app"},
			} {
				require.NotEqual(t, 0, w.run(t, w.kubectl, "", args...).code, "%q", args)
				require.NotEqual(t, 0, w.kx(t, "", args...).code, "%q", args)
			}
		}},
	}
}

// logging creates a pod whose two containers have logged and ended.
func (w *world) logging(t *testing.T) string {
	t.Helper()
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"restartPolicy":"Never","automountServiceAccountToken":false,"containers":[
		{"name":"app","image":%q,"imagePullPolicy":"Never","command":["sh","-c","echo one; echo two; printf three"]},
		{"name":"other","image":%[2]q,"imagePullPolicy":"Never","command":["echo","four"]}]}}`, name, image))
	eventually(t, "the pod has ended", func() bool { return w.get(t, name).Status.Ended() })
	return name
}
