package cli

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDeleteWaitsUntilTheObjectIsDeleted(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod \"shell\" deleted from default namespace\n", c.MustRun("delete", "pod", "shell", "--now"))
	require.Nil(t, c.Pod("default", "shell"))
	require.JSONEq(t, `{"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 1, "propagationPolicy": "Background"}`, string(c.Request("DELETE").Body))
}

func TestDeleteAcceptsNamesFilesAndKinds(t *testing.T) {
	c := clitest.Start(t)
	file := c.Write("pod.yaml", clitest.PodYAML)
	c.MustRun("create", "-f", file)
	require.Equal(t, "pod \"web-0\" deleted from default namespace\n", c.MustRun("delete", "-f", file))
	require.Equal(t, "pod \"shell\" deleted from default namespace\npod \"distroless\" deleted from default namespace\n", c.MustRun("delete", "pod/shell", "pods/distroless", "--now"))
	c.MustRun("create", "-f", c.Write("ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n"))
	require.Equal(t, "namespace/x\n", c.MustRun("delete", "ns", "x", "--wait=false", "-o", "name"))
}

func TestDeleteContinuesAfterAMissingObject(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, clitest.Result{Code: 1, Out: "pod \"shell\" deleted from default namespace\n",
		Err: "error: DELETE /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods \"nope\" not found (404)\n"}, c.Kx("delete", "pod", "nope", "shell", "--now"))
	require.Equal(t, clitest.Result{Code: 0, Out: "", Err: ""}, c.Kx("delete", "pod", "nope", "--ignore-not-found"))
}

func TestADryRunOfDeleteDeletesNothing(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod \"shell\" deleted from default namespace (dry run)\n", c.MustRun("delete", "pod", "shell", "--dry-run=client"))
	require.NotContains(t, clitest.Methods(c), "DELETE")
	require.Equal(t, "pod \"shell\" deleted from default namespace (server dry run)\n", c.MustRun("delete", "pod", "shell", "--dry-run=server"))
	require.NotNil(t, c.Pod("default", "shell"))
	require.Contains(t, c.Kx("delete", "pod", "nope", "--dry-run=client").RequireError(t, 1), `pods "nope" not found`)
}

func TestDeleteFlagsSetTheDeleteOptions(t *testing.T) {
	for _, test := range []struct {
		flags       []string
		grace       float64
		propagation string
	}{
		{nil, 0, "Background"},
		{[]string{"--grace-period=7"}, 7, "Background"},
		{[]string{"--grace-period=-1"}, 0, "Background"},
		{[]string{"--cascade=foreground"}, 0, "Foreground"},
		{[]string{"--cascade", "orphan"}, 0, "Orphan"},
		{[]string{"--cascade=false"}, 0, "Orphan"},
		{[]string{"--cascade=true"}, 0, "Background"},
	} {
		c := clitest.Start(t)
		c.MustRun(append([]string{"delete", "pod", "shell", "--wait=false"}, test.flags...)...)
		var sent struct {
			Grace       float64 `json:"gracePeriodSeconds"`
			Propagation string  `json:"propagationPolicy"`
		}
		require.NoError(t, json.Unmarshal(c.Request("DELETE").Body, &sent))
		require.Equal(t, test.grace, sent.Grace)
		require.Equal(t, test.propagation, sent.Propagation)
	}
}

func TestDeleteBySelectorsDeletesWhatTheyMatch(t *testing.T) {
	for _, test := range []struct {
		args []string
		out  string
	}{
		{[]string{"pods", "-l", "app=shell"}, "pod \"shell\" deleted from default namespace\n"},
		{[]string{"pods", "-A", "--field-selector", "metadata.name=shell"}, "pod \"shell\" deleted from default namespace\n"},
		{[]string{"pods", "--all"}, "pod \"distroless\" deleted from default namespace\npod \"shell\" deleted from default namespace\n"},
		{[]string{"pods,cm", "-l", "app in (shell,held)"}, "pod \"shell\" deleted from default namespace\nconfigmap \"held\" deleted from default namespace\n"},
	} {
		t.Run(test.args[len(test.args)-1], func(t *testing.T) {
			c := clitest.Start(t)
			_, err := c.Create(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "labels": {"app": "held"}}}`)
			require.NoError(t, err)
			args := append([]string{"delete", "--now"}, test.args...)
			require.Contains(t, c.MustRun(append(args, "--dry-run=client")...), "(dry run)\n")
			require.NotContains(t, clitest.Methods(c), "DELETE")
			require.Equal(t, test.out, c.MustRun(args...))
			require.Contains(t, string(c.Request("DELETE").Body), `"preconditions":{"uid":"`, "only the listed object is deleted")
			require.Equal(t, clitest.Result{Err: "No resources found\n"}, c.Kx(args...))
		})
	}
}

func TestDeleteAllIgnoresObjectsThatAreGoneBy(t *testing.T) {
	gone := kxtest.AnswerStatus(http.StatusNotFound, "NotFound", "gone", 0)
	for _, test := range []struct {
		args []string
		code int
	}{
		{[]string{"--all"}, 0},
		{[]string{"--all", "--ignore-not-found=false"}, 1},
		{[]string{"-l", "app"}, 1},
	} {
		c := clitest.Start(t)
		c.Fault(kxtest.Fault{Method: http.MethodDelete, Then: gone})
		require.Equal(t, test.code, c.Kx(append([]string{"delete", "pods", "--now"}, test.args...)...).Code, test.args)
	}
}

func TestAPodWhoseNodeIsGoneIsRemovedByForce(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lost"}, "spec": {"nodeName": "gone", "containers": [{"name": "app", "image": "a"}]}}`)
	require.NoError(t, err)
	want := clitest.Result{Out: "pod \"lost\" force deleted from default namespace\n",
		Err: "Warning: kx does not wait until the programs have ended: they may go on running\n"}
	require.Equal(t, want, c.Kx("delete", "pod", "lost", "--force", "--grace-period=0"))
	require.Contains(t, string(c.Request("DELETE").Body), `"gracePeriodSeconds":0`)
	require.Nil(t, c.Pod("default", "lost"))
	require.Equal(t, "pod \"shell\" force deleted from default namespace (server dry run)\n", c.MustRun("delete", "pod", "shell", "--force", "--dry-run=server"))
}

func TestDeleteEndsWithItsTimeout(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(clitest.Held)
	require.NoError(t, err)
	// The timeout is that of the wait, and not of the request.
	c.Fault(kxtest.Fault{Method: http.MethodDelete, Delay: time.Second})
	require.Equal(t, clitest.Result{Code: 1, Out: "configmap \"held\" deleted from default namespace\n",
		Err: "error: configmap/held: not deleted within 200ms: the deletion goes on, unless a finalizer holds the object\n"}, c.Kx("delete", "cm", "held", "--timeout", "200ms"))
}

// watched returns a function that reports whether the server has received a watch.
func watched(c *clitest.Cluster) func() bool {
	return func() bool {
		return slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return r.Query.Has("watch") })
	}
}

func TestDeleteContinuesAfterALostOrForbiddenWatch(t *testing.T) {
	for name, effect := range map[string]*kxtest.Effect{
		"lost":      kxtest.Reset(),
		"too old":   kxtest.AnswerStatus(http.StatusGone, "Expired", "too old resource version", 0),
		"forbidden": kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "no", 0),
	} {
		t.Run(name, func(t *testing.T) {
			c := clitest.Start(t)
			_, err := c.Create(clitest.Held)
			require.NoError(t, err)
			c.Fault(kxtest.Fault{Query: map[string]string{"watch": "1"}, Then: effect})
			defer clitest.When(t, func() {
				c.Kx("patch", "cm", "held", "--type", "merge", "-p", "metadata: {finalizers: null}")
			}, watched(c))()
			require.Equal(t, clitest.Result{Code: 0, Out: "configmap \"held\" deleted from default namespace\n", Err: ""}, c.Kx("delete", "cm", "held", "--timeout", "1m"))
		})
	}
}

func TestAnInterruptEndsTheWait(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(clitest.Held)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer clitest.When(t, cancel, watched(c))()
	require.Equal(t, clitest.Result{Code: 1, Out: "configmap \"held\" deleted from default namespace\n", Err: "error: interrupted\n"},
		clitest.Execute(ctx, "", "--kubeconfig", c.KubeconfigFile, "delete", "cm", "held"))
}

func TestDeleteRefusesInvalidArguments(t *testing.T) {
	for _, args := range [][]string{
		{}, {"pods"}, {"pod", "a", "--now", "--grace-period=3"}, {"pod", "a", "--grace-period=0"}, {"pod", "a", "-f", "x"},
		{"pod", "a", "--timeout=-1s"}, {"pod", "a", "--cascade=sometimes"}, {"pod", "a", "--force", "--now"}, {"pod", "a", "--force", "--grace-period=1"},
		{"pods", "-l", "a=b", "--all"}, {"pods", "--field-selector", "metadata.name=a", "--all"},
		{"pods", "-l", " "}, {"pods", "-l", ","}, {"pods", "--field-selector", ","},
		{"pods", "-A"}, {"pod", "a", "-A"}, {"pod", "a", "--all"}, {"-f", "x", "--all"}, {"pod", "a", "-o", "json"}, {"pod", "node/a"},
	} {
		require.Regexp(t, `; see kx delete --help$`, clitest.Execute(t.Context(), "", append([]string{"delete"}, args...)...).RequireError(t, 2), args)
	}
}

func TestDeleteWarnsThatANamespaceDoesNotLimitObjectsOfTheCluster(t *testing.T) {
	c := clitest.Start(t)
	const warning = "Warning: some of the objects are in no namespace: --namespace does not limit their deletion\n"
	for _, test := range []struct{ args, warning string }{
		{"-n default ns kube-public", warning},
		{"-n default ns,pods --all", warning},
		{"ns kube-public", ""},
		{"-n default pods --all", ""},
		{"-n default -A ns,pods --all", ""},
	} {
		r := c.Kx(append([]string{"delete", "--dry-run=client"}, strings.Fields(test.args)...)...)
		require.Equal(t, clitest.Result{Out: r.Out, Err: test.warning}, r, test.args)
		require.Contains(t, r.Out, "(dry run)\n")
	}
}
