package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/resources"
)

// sameAsKubectl are further forms of the commands that kx and kubectl answer alike.
func sameAsKubectl() []behaviour {
	return []behaviour{
		{"kx logs and kubectl logs print the same of restarted, waiting and several containers and pods", func(t *testing.T, w *world) {
			app, ended, restarted := w.name(), w.threeLogs(t), w.restarted(t)
			first, second := w.podOf(t, app, "seq 15; sleep 3600"), w.podOf(t, app, "seq 101 115; sleep 3600")
			names := strings.NewReplacer("ENDED", ended, "BAD", w.halfBad(t), "RESTARTED", restarted, "IDLE", w.pod(t), "FIRST", first, "LABEL", app)
			eventually(t, "both pods have logged", func() bool {
				return strings.HasSuffix(w.kx(t, "", "logs", first).stdout, "15\n") && strings.HasSuffix(w.kx(t, "", "logs", second).stdout, "115\n")
			})
			for _, form := range []string{
				"ENDED -c init", "ENDED init", "ENDED -c none", "ENDED --previous", "ENDED app other", "pod/ENDED", "pods/ENDED -c other", "po/ENDED other --prefix",
				"ENDED -c other --insecure-skip-tls-verify-backend", "ENDED --since=1s -c other --tail=0", "ENDED --since-time=2020-01-01T00:00:00Z",
				"ENDED --since-time=2120-01-01T00:00:00Z", "ENDED --limit-bytes=4 --prefix", "ENDED --tail=2 --limit-bytes=5", "ENDED --limit-bytes=0", "ENDED --pod-running-timeout=1s",
				"RESTARTED", "RESTARTED -p", "RESTARTED --previous --timestamps", "RESTARTED -p -f", "RESTARTED --all-containers -p", "RESTARTED --all-containers --timestamps",
				"BAD", "BAD -c good", "BAD -c good -f", "IDLE", "IDLE -c app", "IDLE --all-containers", "none", "none --ignore-errors", "deployment/none", "rs/none",
				"FIRST --tail=3", "FIRST", "-l app=LABEL -f --max-log-requests=1", "-l app=none", "-l app=none -f", "-l app=LABEL,other=x",
			} {
				w.requireSame(t, "logs "+form, names)
			}
			for _, form := range []string{"-l app=LABEL", "-l app=LABEL --tail=-1", "-l app=LABEL --tail=2 --prefix", "-l app=LABEL --since=1h", "-l app=LABEL -c app", "RESTARTED --all-containers --prefix", "-l app=LABEL --all-containers --prefix --tail=3"} {
				args := strings.Fields(names.Replace("logs " + form))
				ours, theirs := w.kx(t, "", args...), w.run(t, w.kubectl, "", args...)
				require.Equal(t, result{code: theirs.code, stderr: theirs.stderr}, result{code: ours.code, stderr: ours.stderr}, form)
				// kubectl's order is that of a map.
				require.ElementsMatch(t, strings.Split(theirs.stdout, "\n"), strings.Split(ours.stdout, "\n"), form)
			}
		}},
		{"kx wait and kubectl wait end alike when an object comes, changes and goes", func(t *testing.T, w *world) {
			name := w.name()
			for _, step := range []struct {
				form   string
				change func()
			}{
				{"cm/NAME --for=create", func() {
					done := w.kx(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+name+"}\n", "create", "-f", "-")
					require.Equal(t, 0, done.code, done.stderr)
				}},
				{"cm/NAME --for=jsonpath={.data.a}=b", func() {
					done := w.kx(t, "", "patch", "cm", name, "--type", "merge", "-p", `{"data":{"a":"b"}}`)
					require.Equal(t, 0, done.code, done.stderr)
				}},
				{"cm NAME --for=jsonpath={.data.c} --timeout=-1s", func() {
					done := w.kx(t, "", "patch", "cm", name, "--type", "merge", "-p", `{"data":{"c":""}}`)
					require.Equal(t, 0, done.code, done.stderr)
				}},
			} {
				args := strings.Fields("wait " + strings.ReplaceAll(step.form, "NAME", name))
				if !strings.Contains(step.form, "--timeout") {
					args = append(args, limitFlag)
				}
				results := make(chan result, 2)
				go func() { results <- w.kx(t, "", args...) }()
				go func() { results <- w.run(t, w.kubectl, "", args...) }()
				step.change()
				met := result{stdout: "configmap/" + name + " condition met\n"}
				require.Equal(t, []result{met, met}, []result{<-results, <-results}, step.form)
			}
			// kubectl prints nothing of an object that is gone when it starts.
			args := []string{"wait", "cm/" + name, "--for=delete", limitFlag, "-v=6"}
			waits := []*runningCommand{w.begin(t, args...), w.beginProgram(t, w.kubectl, args...)}
			for _, wait := range waits {
				eventually(t, "both watch", func() bool { return strings.Contains(wait.stderr.String(), "watch=") })
			}
			done := w.kx(t, "", "delete", "cm", name)
			require.Equal(t, 0, done.code, done.stderr)
			for _, wait := range waits {
				require.Equal(t, 0, wait.ended(t), wait.stderr)
				require.Equal(t, "configmap/"+name+" condition met\n", wait.stdout.String())
			}
		}},
		{"kx wait and kubectl wait print and return the same of several objects, files and other kinds", func(t *testing.T, w *world) {
			app := w.name()
			ready := w.podOf(t, app, "sleep 3600")
			done := w.kx(t, "", "wait", "pod/"+ready, "--for=condition=Ready", limitFlag)
			require.Equal(t, 0, done.code, done.stderr)
			file := filepath.Join(t.TempDir(), "pod.yaml")
			require.NoError(t, os.WriteFile(file, []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: "+ready+"}\n"), 0o600))
			names := strings.NewReplacer("READY", ready, "IDLE", w.pod(t), "LABEL", app, "FILE", file)
			for _, form := range []string{
				"pod READY IDLE --for=condition=Ready --timeout=0", "pod/IDLE --for=condition=Ready --timeout=0", "pods -l app=LABEL --for=condition=Ready", "pods -l app=LABEL --for=condition=Ready -o name",
				"pods -l app=LABEL --for=create", "pods -l app=none --for=create --timeout=10ms", "pods -l app=none --for=jsonpath={.a}=b", "-f FILE --for=create", "-f FILE --for=condition=Ready=true",
				"pod/READY --for=condition=Ready --timeout=-1h", "pod/READY --for=condition=Ready --timeout=0s", "pod/none READY --for=condition=Ready", "pod/none --for=create --timeout=0",
				"pod/READY --for=jsonpath={.status.conditions[*].type}=Ready", "pod/READY --for=jsonpath={.status.phase}=", "pod/READY --for=jsonpath={.status", "pod/READY --for=other", "pod/READY",
				"pods --for=condition=Ready", "node --all --for=condition=Ready", "ns/default --for=jsonpath={.status.phase}=Active", "namespace default --for=create", "nothings/x --for=create",
				"svc -n default kubernetes --for=jsonpath={.spec.ports[0].port}=443", "svc/kubernetes -n default --for=jsonpath={.status.loadBalancer.ingress} --timeout=10ms",
			} {
				args := strings.Fields(names.Replace("wait " + form))
				ours, theirs := w.kx(t, "", args...), w.run(t, w.kubectl, "", args...)
				require.Equal(t, theirs.stdout, ours.stdout, form)
				require.Equal(t, theirs.code == 0, ours.code == 0, "%s\n%s%s", form, ours.stderr, theirs.stderr)
			}
		}},
		{"kx events and kubectl events print the same of an object in each form", func(t *testing.T, w *world) {
			name := w.withPastEvents(t)
			names := strings.NewReplacer("NAME", name)
			for _, form := range []string{
				"--for po/NAME", "--for Pod/NAME", "--for pods/NAME --types=warning", "--for pod/NAME -A", "--for pod/NAME --types=Warning --no-headers", "--for pod/none", "--for pod/none -A", "--for deploy/NAME",
				"--for pod/NAME -o jsonpath={.items[*].reason}", "--for pod/NAME -o jsonpath={.items[0].metadata.name}",
			} {
				w.requireSame(t, "events "+form, names)
			}
			for _, format := range []string{"json", "yaml"} {
				args := []string{"events", "--for", "pod/" + name, "-o", format}
				require.Equal(t, items(t, w.run(t, w.kubectl, "", args...)), items(t, w.kx(t, "", args...)), format)
			}
			args := []string{"events", "--for", "pod/" + name, "-w"}
			ours, theirs := w.begin(t, args...), w.beginProgram(t, w.kubectl, args...)
			for _, command := range []*runningCommand{ours, theirs} {
				eventually(t, "the events are printed", func() bool { return strings.Count(command.stdout.String(), "\n") == 4 })
				require.NoError(t, command.cmd.Process.Signal(syscall.SIGINT))
				command.ended(t)
			}
			require.ElementsMatch(t, rows(theirs), rows(ours), "kubectl does not sort what it watches")
		}},
		{"kx and kubectl print the same of what kubectl's suite asserts of get, exec, requests and dry runs", func(t *testing.T, w *world) {
			label := w.configMapsOfSizes(t)
			file := filepath.Join(t.TempDir(), "new.yaml")
			require.NoError(t, os.WriteFile(file, []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "+w.name()+"}\n"), 0o600))
			names := strings.NewReplacer("LABEL", label, "CM", strings.TrimPrefix(label, "of=")+"-a", "FILE", file, "POD", w.pod(t))
			for _, form := range []string{
				"get cm none", "get cm/none -o json", "get cm none -o yaml", "get cm none -o name", "get cm none -o jsonpath={.a}", "get cm none -o custom-columns=A:.a", "get cm none --ignore-not-found",
				"get cm -l a=none", "get cm -l a=none -o name", "get cm -l a=none -o json", "get cm -l a=none -A", "get cm -l LABEL -A -o custom-columns=NS:.metadata.namespace,N:.metadata.name",
				"get pod POD --subresource=status -o jsonpath={.status.phase}", "get nothings", "exec none -- true", "exec deploy/none -- true", "exec cm/CM -- true",
				"get cm CM -o name --request-timeout=60", "get cm CM -o name --request-timeout=1m", "get cm CM -o name --request-timeout=1week", "get cm CM -o name --request-timeout=1ns",
				`patch cm CM --type=merge -p {"data":{"n":"7"}} --dry-run=client -o yaml`, `patch cm CM -p {"data":{"n":"7"}} --dry-run=server -o json`, "get cm CM -o jsonpath={.data.n}",
				"create -f FILE --dry-run=client -o name", "create -f FILE --dry-run=server -o name", "get -f FILE -o name", "delete cm CM --dry-run=server",
				"get cm CM -o name",
			} {
				w.requireSame(t, form, names)
			}
			for _, program := range []string{w.kxProgram, w.kubectl} {
				done := w.run(t, program, "", "get", "cm", "-l", label, "-A")
				require.Regexp(t, `^NAMESPACE +NAME +DATA +AGE\n`+w.config.Namespace+" ", done.stdout, program)
			}
		}},
		{"kx auth whoami and kubectl auth whoami print the same", func(t *testing.T, w *world) {
			none := strings.NewReplacer()
			for _, form := range []string{
				"", "--as jane --as-group g --as-user-extra k=v", "-o jsonpath={.status.userInfo.username}", "-o jsonpath={.kind}/{.apiVersion}", "-o jsonpath={.status.userInfo}",
				"-o jsonpath={.status.userInfo.extra.k[0]} --as jane --as-user-extra k=v",
			} {
				w.requireSame(t, "auth whoami "+form, none)
			}
		}},
		{"kx and kubectl with --warnings-as-errors print the same", func(t *testing.T, w *world) {
			none := strings.NewReplacer()
			for _, form := range []string{"get componentstatuses -o name --sort-by .metadata.name", "get componentstatuses/etcd-0 --warnings-as-errors", "get ns default -o name --warnings-as-errors"} {
				w.requireSame(t, form, none)
			}
		}},
	}
}

// requireSame requires the same stdout and success of both programs, and of kubectl's stderr what
// is not an error. names replaces words of form.
func (w *world) requireSame(t *testing.T, form string, names *strings.Replacer) {
	t.Helper()
	args := strings.Fields(names.Replace(form))
	ours, theirs := w.kx(t, "", args...), w.run(t, w.kubectl, "", args...)
	require.Equal(t, theirs.stdout, ours.stdout, "%s\n%s%s", form, ours.stderr, theirs.stderr)
	require.Equal(t, theirs.code == 0, ours.code == 0, "%s\n%s%s", form, ours.stderr, theirs.stderr)
	if theirs.code == 0 {
		require.Equal(t, theirs.stderr, ours.stderr, form)
	}
}

// rows returns the lines of a table without the widths of its columns.
func rows(command *runningCommand) (rows []string) {
	for line := range strings.Lines(command.stdout.String()) {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	return rows
}

// items returns the items of a printed list.
func items(t *testing.T, done result) []any {
	t.Helper()
	require.Equal(t, 0, done.code, done.stderr)
	var list struct {
		Items []any `yaml:"items"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(done.stdout), &list)) // JSON is YAML
	require.NotEmpty(t, list.Items)
	return list.Items
}

// restarted creates a pod whose container has ended once, and runs.
func (w *world) restarted(t *testing.T) string {
	t.Helper()
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,
		"volumes":[{"name":"data","emptyDir":{}}],"containers":[{"name":"app","image":%q,"imagePullPolicy":"Never","volumeMounts":[{"name":"data","mountPath":"/data"}],
		"command":["sh","-c","if [ -e /data/x ]; then echo second; sleep 3600; fi; touch /data/x; echo first; exit 3"]}]}}`, name, image))
	w.awaitPod(t, name, func(pod *resources.PodOutline) bool {
		status := pod.Status.Container("app")
		return status.LastTerminationState.Terminated != nil && status.State.Running != nil
	})
	return name
}
