package conformance_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// kubectlDifference is a command line whose stdout or exit status differs from kubectl's on
// purpose.
type kubectlDifference struct {
	name, form string
	// ours and theirs are regular expressions of the exit status, a space and stdout.
	ours, theirs string
}

// kubectlDifferences are listed in docs/debugging.md by their names. ENDED is a pod of three
// containers that have ended, BAD has one that cannot start, READY is a ready pod and IDLE one
// that no node runs.
var kubectlDifferences = []kubectlDifference{
	{"a log without a newline at its end", "logs ENDED --all-containers", `^0 zero\none\ntwo\nthree\nfour\n$`, `(?s)^0 .*three($|four\n|zero\n)`},
	{"--limit-bytes with --timestamps", "logs ENDED -c app --limit-bytes=3 --timestamps", `^0 \d{4}-\S+ one$`, `^0 \d{3}$`},
	{"--ignore-errors", "logs BAD -c bad --ignore-errors", `^0 $`, `^0 error: container "bad" `},
	{"one of several logs cannot be read", "logs BAD --all-containers", `^1 fine\n$`, `^1 (fine\n)?$`},
	{"--pod-running-timeout 0", "logs ENDED -c other --pod-running-timeout=0", `^0 four\n$`, `^1 $`},
	{"wrong usage", "logs", `^2 $`, `^1 $`},
	{"--max-log-requests 0", "logs ENDED -c other --max-log-requests=0", `^2 $`, `^0 four\n$`},
	{"--for delete of an object that is gone", "wait pod/none --for=delete --timeout=0", `^0 pod/none condition met\n$`, `^0 $`},
	{"a wait for an object after one that timed out", "wait pod IDLE READY --for=condition=Ready --timeout=10ms", `^1 pod/\S+ condition met\n$`, `^1 $`},
	{"--timeout in seconds", "wait pod/READY --for=create --timeout=30", `^0 pod/\S+ condition met\n$`, `^1 $`},
	{"--output of wait", "wait pod/READY --for=create -o json", `^2 $`, `^0 \{`},
	{"a name with --all", "wait pod/READY --for=create --all", `^2 $`, `^0 pod/\S+ condition met\n$`},
	{"-A with --for create", "wait pods -A -l app=LABEL --for=create", `^0 pod/\S+ condition met\n$`, `^1 $`},
	{"-o name of events", "events --for pod/EVENTS -o name", `^0 event/\S+-1\nevent/\S+-3\nevent/\S+-2\n$`, `^0 $`},
	{"-o json without events", "events --for pod/none -o json", `^0 \{\n    "apiVersion": "v1",\n    "items": \[\],`, `^0 $`},
	{"two names of events", "events one two", `^2 $`, `^0 `},
	{"-o name of flowschemas", "get flowschemas -o name", `^0 flowschema\.\S+/exempt\n`, `^0 flowschema\.\S+/catch-all\n`},
	{"metadata of whoami", "auth whoami -o jsonpath={.metadata}", `^0 \{\}$`, `^0 \{"creationTimestamp":"`},
}

// differencesFromKubectl runs each command line with both programs.
func differencesFromKubectl() []behaviour {
	return []behaviour{{"kx logs, wait, events, get -o name and whoami differ from kubectl's as docs/debugging.md says", func(t *testing.T, w *world) {
		app := w.name()
		names := strings.NewReplacer("ENDED", w.threeLogs(t), "BAD", w.halfBad(t), "READY", w.podOf(t, app, "sleep 3600"),
			"LABEL", app, "IDLE", w.pod(t), "EVENTS", w.withPastEvents(t))
		for _, d := range kubectlDifferences {
			args := strings.Fields(names.Replace(d.form))
			ours, theirs := w.kx(t, "", args...), w.run(t, w.kubectl, "", args...)
			require.Regexp(t, d.ours, fmt.Sprint(ours.code, " ", ours.stdout), d.name+"\n"+ours.stderr)
			require.Regexp(t, d.theirs, fmt.Sprint(theirs.code, " ", theirs.stdout), d.name+"\n"+theirs.stderr)
		}
	}}}
}

func TestTheDocsListTheDifferencesFromKubectl(t *testing.T) {
	text, err := os.ReadFile("../docs/debugging.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "| case | kubectl | kx |\n|---|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	var listed, tested []string
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(table, -1) {
		listed = append(listed, strings.ReplaceAll(row[1], "`", ""))
	}
	for _, d := range kubectlDifferences {
		tested = append(tested, d.name)
	}
	require.Equal(t, tested, listed)
}

// threeLogs creates a pod with an init container and two others, which have ended.
func (w *world) threeLogs(t *testing.T) string {
	t.Helper()
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"restartPolicy":"Never","automountServiceAccountToken":false,
		"initContainers":[{"name":"init","image":%q,"imagePullPolicy":"Never","command":["echo","zero"]}],"containers":[
		{"name":"app","image":%[2]q,"imagePullPolicy":"Never","command":["sh","-c","echo one; echo two; printf three"]},
		{"name":"other","image":%[2]q,"imagePullPolicy":"Never","command":["echo","four"]}]}}`, name, image))
	eventually(t, "the pod has ended", func() bool { return w.get(t, name).Status.Ended() })
	return name
}

// halfBad creates a pod with a container that cannot start, and one that has logged.
func (w *world) halfBad(t *testing.T) string {
	t.Helper()
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"restartPolicy":"Never","automountServiceAccountToken":false,"containers":[
		{"name":"bad","image":"kx.local/no-such:1","imagePullPolicy":"Never"},
		{"name":"good","image":%q,"imagePullPolicy":"Never","command":["echo","fine"]}]}}`, name, image))
	eventually(t, "the good container has ended", func() bool {
		statuses := w.get(t, name).Status.ContainerStatuses
		return len(statuses) == 2 && statuses[1].State.Terminated != nil && statuses[0].State.Waiting != nil
	})
	return name
}

// withPastEvents returns a name with the events of pastEvents.
func (w *world) withPastEvents(t *testing.T) string {
	t.Helper()
	name := w.name()
	w.pastEvents(t, name)
	return name
}
