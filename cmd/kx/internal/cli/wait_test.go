package cli

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestWaitPrintsWhatMeetsTheCondition(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod/shell condition met\n", c.MustRun("wait", "--for=condition=Ready", "pod/shell"))
	require.Equal(t, "pod/shell condition met\npod/distroless condition met\n", c.MustRun("wait", "pods", "shell", "distroless", "--for", "condition=ready=true"))
	require.Equal(t, "pod/distroless\npod/shell\n", c.MustRun("wait", "pods", "--all", "--for", "jsonpath={.status.phase}=Running", "-o", "name"))
	require.Equal(t, "pod/shell condition met\n", c.MustRun("wait", "pods", "-A", "-l", "app=shell", "--for", "jsonpath={.status.podIP}"))
	require.Equal(t, "pod/shell condition met\n", c.MustRun("wait", "pods", "--field-selector", "metadata.name=shell", "--for", "create", "--timeout=0"))
	require.Equal(t, "pod/nope condition met\n", c.MustRun("wait", "pod/nope", "--for", "delete", "--timeout=0"))
	require.Equal(t, "", c.MustRun("wait", "pods", "-l", "app=nope", "--for", "delete"))
}

func TestWaitReadsTheObjectsOfAFile(t *testing.T) {
	c := clitest.Start(t)
	file := c.Write("pod.yaml", clitest.PodYAML)
	c.MustRun("create", "-f", file)
	require.Equal(t, "pod/web-0 condition met\n", c.MustRun("wait", "-f", file, "--for=condition=Ready", "--timeout", "60"))
}

func TestWaitGoesOnUntilTheConditionIsMet(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}`)
	require.NoError(t, err)
	for _, test := range []struct {
		args []string
		then func()
	}{
		{[]string{"cm", "m", "--for", "jsonpath={.data.a}=2"}, func() { c.Kx("patch", "cm", "m", "--type=merge", "-p", "data: {a: '2'}") }},
		{[]string{"cm/m", "--for", "delete"}, func() { c.Kx("delete", "cm", "m", "--wait=false") }},
		{[]string{"cm/m", "--for", "create", "--timeout=-1s"}, func() { _, _ = c.Create(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}`) }},
	} {
		c.ForgetRequests()
		wait := clitest.When(t, test.then, watched(c))
		require.Equal(t, "configmap/m condition met\n", c.MustRun(append([]string{"wait", "--timeout=1m"}, test.args...)...))
		wait()
	}
}

func TestWaitForCreateWaitsUntilASelectorMatches(t *testing.T) {
	c := clitest.Start(t)
	defer clitest.When(t, func() {
		_, _ = c.Create(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late", "labels": {"app": "late"}}}`)
	}, watched(c))()
	require.Equal(t, "configmap/late condition met\n", c.MustRun("wait", "cm", "-l", "app=late", "--for", "create", "--timeout=1m"))
}

func TestAWaitThatDoesNotSucceedFails(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "idle"}, "spec": {"schedulerName": "none", "containers": [{"name": "app", "image": "a"}]}}`)
	require.NoError(t, err)
	for _, test := range []struct{ args, err string }{
		{"pod/idle --for=condition=Ready --timeout=0", "error: wait for pods idle: the condition is not met: it has no condition Ready\n"},
		{"pod/nope --for=condition=Ready", "error: GET pods nope: pods \"nope\" not found (404)\n"},
		{"pod/nope --for=create --timeout=0", "error: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods \"nope\" not found (404)\n"},
		{"pod/shell --for=delete --timeout=0", "error: pod/shell: the condition is not met: the object exists\n"},
		{"pods -l app=nope --for=condition=Ready", "error: no object matches\n"},
		{"pods,cm -l app=nope --for=create", "error: no object matches: give one kind to wait for an object of it\n"},
		{"pod/shell --for=rollout", "error: wait for pods shell: v1 Pod has no rollout: use a Deployment, StatefulSet or DaemonSet\n"},
	} {
		t.Run(test.args, func(t *testing.T) {
			require.Equal(t, clitest.Result{Code: 1, Err: test.err}, c.Kx(append([]string{"wait"}, splitWords(test.args)...)...))
		})
	}
	for _, test := range []struct{ args, out, err string }{
		{"pod/idle --for=condition=Ready", "", "error: wait for pods idle: timed out after %[1]v: it has no condition Ready\n"},
		{"pods -l app=nope --for=create", "", "error: wait for pods: timed out after %[1]v: no object matches\n"},
		{"pod/idle pod/shell --for=jsonpath={.status.phase}=Running", "pod/shell condition met\n",
			"error: wait for pods idle: timed out after %[1]v: {.status.phase} is Pending\n"},
		{"pod/nope pod/idle --for=create", "pod/idle condition met\n", "error: wait for pods nope: timed out after %[1]v: it does not exist\n"},
		{"pod/nope pod/gone --for=create", "", "error: wait for pods nope: timed out after %[1]v: it does not exist\n" +
			"error: timed out after %[1]v, and then: GET /k8s/clusters/c-1/api/v1/namespaces/default/pods/gone: pods \"gone\" not found (404)\n"},
	} {
		t.Run(test.args, func(t *testing.T) {
			for limit := 20 * time.Millisecond; ; limit *= 4 { // a busy machine needs a longer one
				r := c.Kx(append([]string{"wait", "--timeout", limit.String()}, splitWords(test.args)...)...)
				want := clitest.Result{Code: 1, Out: test.out, Err: fmt.Sprintf(test.err, limit)}
				if r == want {
					return
				}
				require.Less(t, limit, 10*time.Second, r)
			}
		})
	}
}

func TestAWaitEndsAtOnceWhenTheObjectCannotMeetTheCondition(t *testing.T) {
	c := clitest.Start(t)
	for name, code := range map[string]int{"good": 0, "bad": 7} {
		_, err := c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": %q}, "spec": {"restartPolicy": "Never", "containers": [
			{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sh", "-c", "exit %d"]}]}}`, name, code))
		require.NoError(t, err)
	}
	c.WaitForPod("default", "good", `"phase":"Succeeded"`)
	c.WaitForPod("default", "bad", `"phase":"Failed"`)
	require.Equal(t, "error: wait for pods bad: the pod has failed: container app: exit code 7: Error", c.Kx("wait", "pod/bad", "--for=condition=Ready", "--timeout=1h").RequireError(t, 1))
	require.Equal(t, "error: wait for pods good: the pod has ended with success", c.Kx("wait", "pod/good", "--for=condition=Ready", "--timeout=1h").RequireError(t, 1))
}

func TestAnInterruptEndsAWait(t *testing.T) {
	c := clitest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer clitest.When(t, cancel, watched(c))()
	require.Equal(t, clitest.Result{Code: 1, Err: "error: interrupted\n"},
		clitest.Execute(ctx, "", "--kubeconfig", c.KubeconfigFile, "wait", "pod/shell", "--for=delete", "--timeout=1h"))
}

func TestTheTimeoutOfAWaitLimitsItsRequests(t *testing.T) {
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Method: http.MethodGet, Delay: time.Minute})
	require.Equal(t, "error: timed out after 50ms", c.Kx("wait", "pods", "--all", "--for=condition=Ready", "--timeout=50ms").RequireError(t, 1))
}

func TestWaitRefusesInvalidArguments(t *testing.T) {
	for _, args := range [][]string{
		{"pod/a"}, {"--for=delete"}, {"pods", "--for=delete"}, {"pod/a", "--for=nope"}, {"pod/a", "-l", "x=y", "--for=delete"}, {"pod/a", "-A", "--for=delete"},
		{"pods", "-A", "--for=delete"}, {"pod/a", "-f", "x", "--for=delete"}, {"-f", "x", "-l", "x=y", "--for=delete"}, {"-f", "x", "-A", "--for=delete"},
		{"pod/a", "--for=delete", "--timeout=soon"}, {"pod/a", "--for=delete", "--timeout=--1s"}, {"pod/a", "--for=delete", "-o", "json"},
	} {
		require.Regexp(t, `; see kx wait --help$`, clitest.Execute(t.Context(), "", append([]string{"wait"}, args...)...).RequireError(t, 2), args)
	}
}
