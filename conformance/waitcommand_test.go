package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// waitCommand are behaviours of kx wait.
func waitCommand() []behaviour {
	return []behaviour{
		{"kx wait prints the pods that become ready", func(t *testing.T, w *world) {
			first, second := w.waitedPod(t, "sleep 3600"), w.waitedPod(t, "sleep 3600")
			done := w.kx(t, "", "wait", "pods", first, second, "--for=condition=Ready", limitFlag)
			require.Equal(t, result{stdout: "pod/" + first + " condition met\npod/" + second + " condition met\n"}, done)
			done = w.kx(t, "", "wait", "pods", "--field-selector", "metadata.name="+first, "--for=jsonpath={.status.podIP}", "-o", "name", limitFlag)
			require.Equal(t, result{stdout: "pod/" + first + "\n"}, done)
		}},
		{"kx wait fails at once if a pod has ended, and says how", func(t *testing.T, w *world) {
			name := w.waitedPod(t, "exit 7")
			done := w.kx(t, "", "wait", "pod/"+name, "--for=jsonpath={.status.phase}=Failed", limitFlag)
			require.Equal(t, result{stdout: "pod/" + name + " condition met\n"}, done)
			done = w.kx(t, "", "wait", "pod/"+name, "--for=condition=Ready", "--timeout=-1s")
			require.Equal(t, result{code: 1, stderr: "error: wait for pods " + name + ": the pod has failed: container app: exit code 7: Error\n"}, done)
		}},
		{"kx wait --for create and delete wait for objects that come and go", func(t *testing.T, w *world) {
			name := w.name()
			waits := make(chan result, 2)
			go func() { waits <- w.kx(t, "", "wait", "cm/"+name, "--for=create", limitFlag) }()
			go func() { waits <- w.kx(t, "", "wait", "cm", "-l", "app="+name, "--for=create", limitFlag) }()
			done := w.kx(t, fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, labels: {app: %[1]s}}\n", name), "create", "-f", "-")
			require.Equal(t, 0, done.code, done.stderr)
			met := result{stdout: "configmap/" + name + " condition met\n"}
			require.Equal(t, met, <-waits)
			require.Equal(t, met, <-waits)
			go func() { waits <- w.kx(t, "", "wait", "cm/"+name, "--for=delete", limitFlag) }()
			done = w.kx(t, "", "delete", "cm", name)
			require.Equal(t, 0, done.code, done.stderr)
			require.Equal(t, met, <-waits)
		}},
		{"kx wait --timeout 0 checks once", func(t *testing.T, w *world) {
			name := w.pod(t)
			done := w.kx(t, "", "wait", "pod/"+name, "--for=condition=Ready", "--timeout=0")
			require.Equal(t, 1, done.code)
			require.Empty(t, done.stdout)
			require.Contains(t, done.stderr, "error: wait for pods "+name+": the condition is not met: ")
			require.Equal(t, result{stdout: "pod/" + name + " condition met\n"}, w.kx(t, "", "wait", "pod/"+name, "--for=create", "--timeout=0"))
		}},
	}
}

// limitFlag is the time limit of a command that ends earlier.
var limitFlag = "--timeout=" + waitLimit.String()

// waitBesideKubectl are behaviours of kx wait and kubectl wait on one cluster.
func waitBesideKubectl() []behaviour {
	return []behaviour{
		{"kx wait and kubectl wait print and return the same", func(t *testing.T, w *world) {
			name := w.ready(t, `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}`)
			done := w.kx(t, "", "wait", "pod/"+name, "--for=condition=Ready", limitFlag)
			require.Equal(t, 0, done.code, done.stderr)
			for _, form := range []string{
				"pod/NAME --for=condition=Ready", "pod NAME --for=condition=ready=TRUE", "pod/NAME --for=condition=Ready -o name",
				"pod/NAME --for=condition=Ready=False --timeout=0", "pod/NAME --for=condition=Other --timeout=0", "pod/NAME --for=condition=Other --timeout=10ms",
				"pod/NAME --for=create", "pods --field-selector metadata.name=NAME --for=create", "pod/none --for=create --timeout=10ms",
				"pod/NAME --for=delete --timeout=0", "pod/NAME --for=delete --timeout=10ms", "pods -l app=none --for=delete",
				"pods -l app=none --for=condition=Ready", "pod/none --for=condition=Ready",
				"pod/NAME --for=jsonpath={.status.phase}=Running", "pod/NAME --for=jsonpath={.status.phase}='Running'", "pod/NAME --for=jsonpath=.status.phase=Running",
				"pod/NAME --for=jsonpath=status.phase=Ended --timeout=0", "pod/NAME --for=jsonpath={.status.phase}", "pod/NAME --for=jsonpath={.status.none} --timeout=0",
				"pod/NAME --for=jsonpath={.status}", "pod/NAME --for=jsonpath={.status}=x",
				`pod/NAME --for=jsonpath={.status.conditions[?(@.type=="Ready")].status}=True`, "pod/NAME --for=jsonpath={.spec.containers[0].name}=app",
				"pod/NAME --for=jsonpath={.status.containerStatuses[-1].ready}=true", "pod/NAME --for=jsonpath={.spec.terminationGracePeriodSeconds}=0",
			} {
				args := append([]string{"wait"}, strings.Fields(strings.ReplaceAll(form, "NAME", name))...)
				ours, theirs := w.kx(t, "", args...), w.run(t, w.kubectl, "", args...)
				require.Equal(t, result{stdout: theirs.stdout, code: theirs.code}, result{stdout: ours.stdout, code: ours.code}, "%s\n%s%s", form, ours.stderr, theirs.stderr)
			}
		}},
	}
}
