package conformance_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// debug adds a debug container. If o has no image, it uses the one that every target has.
func (w *world) debug(t *testing.T, pod string, o debug.Options) *debug.Result {
	t.Helper()
	if o.Image == "" {
		o.Image = image
	}
	o.ImagePullPolicy = "Never"
	res, err := debug.Run(within(t, waitLimit), w.pods, pod, o)
	require.NoError(t, err)
	return res
}

// debugLists are the behaviours of kx debug ls.
func debugLists() []behaviour {
	return []behaviour{
		{"kx debug ls prints the state of each debug container of a pod, and who added it", func(t *testing.T,
			w *world) {
			name := w.running(t)
			w.debug(t, name, debug.Options{Name: "runs", Target: "app", Command: []string{"sleep", "3600"},
				FieldManager: "somebody"})
			res := w.debug(t, name, debug.Options{Name: "ended", Command: []string{"sh", "-c", "exit 3"}})
			if res.Running {
				w.awaitEnd(t, name, res)
			}
			_, err := debug.Run(within(t, waitLimit), w.pods, name, debug.Options{Name: "waits",
				Image: "kx.local/no-such:1", ImagePullPolicy: "Never"})
			require.ErrorAs(t, err, new(*debug.StartError))
			eventually(t, "the pod's status says what its event has said", func() bool {
				statuses := w.get(t, name).Status.EphemeralContainerStatuses
				waits := slices.IndexFunc(statuses, func(s resources.ContainerStatus) bool { return s.Name == "waits" })
				return waits >= 0 && statuses[waits].State.Waiting != nil &&
					statuses[waits].State.Waiting.Reason == "ErrImageNeverPull"
			})

			done := w.kx(t, "", "debug", "ls", name)
			require.Equal(t, 0, done.code, done.stderr)
			var rows [][]string
			for line := range strings.Lines(done.stdout) {
				columns := strings.FieldsFunc(strings.ReplaceAll(line, "   ", "\t"),
					func(r rune) bool { return r == '\t' || r == '\n' })
				for i, column := range columns {
					columns[i] = strings.TrimSpace(column)
				}
				require.Len(t, columns, 7, line)
				require.Regexp(t, `^(AGE|<unknown>|\d+[smh].*)$`, columns[3])
				rows = append(rows, append(columns[:3:3], columns[4:]...))
			}
			somebody, kx := "somebody", "kx"
			if w.minor < newest { // which keeps no field managers of ephemeral containers
				somebody, kx = "<unknown>", "<unknown>"
			}
			require.Equal(t, [][]string{
				{"POD", "CONTAINER", "STATE", "IMAGE", "TARGET", "ADDED-BY"},
				{name, "runs", "Running", image, "app", somebody},
				{name, "ended", "Exited 3 (Error)", image, "<none>", kx},
				{name, "waits", "Waiting: ErrImageNeverPull", "kx.local/no-such:1", "<none>", kx},
			}, rows)

			var listed []debug.EphemeralContainer
			done = w.kx(t, "", "debug", "ls", "pod/"+name, "-o", "json")
			require.NoError(t, json.Unmarshal([]byte(done.stdout), &listed))
			require.Len(t, listed, 3)
			type container struct {
				state   string
				started bool
			}
			var states []container
			for _, c := range listed {
				states = append(states, container{c.State, c.Started.IsSet()})
			}
			require.Equal(t, []container{{"Running", true}, {"Exited", true}, {"Waiting", false}}, states)
			require.EqualValues(t, 3, *listed[1].ExitCode)
			require.Equal(t, w.minor >= newest, listed[2].Added.IsSet())
		}},
		{"debug containers are listed across namespaces, by labels, and page by page", func(t *testing.T, w *world) {
			names := []string{w.pod(t, "one", "two"), w.pod(t), w.pod(t, "three")}
			for _, name := range names {
				_, err := w.pods.Patch(t.Context(), name,
					patch.Merge(map[string]any{"metadata": map[string]any{"labels": map[string]any{"listed": names[0]}}}))
				require.NoError(t, err)
			}
			everywhere := resources.New[resources.Pod](w.client, resources.AllNamespaces())
			var found []string
			for c, err := range debug.List(t.Context(), everywhere,
				resources.ListOptions{LabelSelector: "listed=" + names[0], Limit: 1}) {
				require.NoError(t, err)
				require.Equal(t, w.config.Namespace, c.Namespace)
				if w.minor >= newest { // an older server keeps no field managers of them
					require.Equal(t, setup, c.AddedBy)
				}
				found = append(found, c.Pod+" "+c.Name+" "+c.State)
			}
			require.Equal(t, []string{names[0] + " two Waiting", names[0] + " one Waiting",
				names[2] + " three Waiting"}, found)
			done := w.kx(t, "", "debug", "ls", "-A", "-l", "listed="+names[0])
			require.Equal(t, 4, strings.Count(done.stdout, "\n"), done.stdout)
			require.Regexp(t, `^NAMESPACE +POD `, done.stdout)
		}},
		{"kx debug ls without debug containers prints a note and succeeds", func(t *testing.T, w *world) {
			name := w.pod(t)
			require.Equal(t, result{stderr: "No debug containers found\n"}, w.kx(t, "", "debug", "ls", name))
			require.Equal(t, result{stdout: "[]\n"}, w.kx(t, "", "debug", "ls", name, "-o", "json"))
			require.Equal(t, 1, w.kx(t, "", "debug", "ls", "no-such").code)
		}},
	}
}
