package cli

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestDeleteWaitsUntilTheObjectIsGone(t *testing.T) {
	c := start(t)
	require.Equal(t, "pod \"shell\" deleted from default namespace\n", c.done("delete", "pod", "shell", "--now"))
	require.Nil(t, c.Pod("default", "shell"))
	require.JSONEq(t, `{"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 1, "propagationPolicy": "Background"}`, string(c.request("DELETE").Body))
}

func TestDeleteTakesNamesFilesAndKinds(t *testing.T) {
	c := start(t)
	file := c.write("pod.yaml", podYAML)
	c.done("create", "-f", file)
	require.Equal(t, "pod \"web-0\" deleted from default namespace\n", c.done("delete", "-f", file))
	require.Equal(t, "pod \"shell\" deleted from default namespace\npod \"distroless\" deleted from default namespace\n", c.done("delete", "pod/shell", "pods/distroless", "--now"))
	c.done("create", "-f", c.write("ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n"))
	require.Equal(t, "namespace/x\n", c.done("delete", "ns", "x", "--wait=false", "-o", "name"))
}

func TestDeleteGoesOnAfterAnObjectThatIsMissing(t *testing.T) {
	c := start(t)
	require.Equal(t, result{1, "pod \"shell\" deleted from default namespace\n",
		"error: DELETE /k8s/clusters/c-1/api/v1/namespaces/default/pods/nope: pods \"nope\" not found (404)\n"}, c.kx("delete", "pod", "nope", "shell", "--now"))
	require.Equal(t, result{0, "", ""}, c.kx("delete", "pod", "nope", "--ignore-not-found"))
}

func TestADryRunOfDeleteDeletesNothing(t *testing.T) {
	c := start(t)
	require.Equal(t, "pod \"shell\" deleted from default namespace (dry run)\n", c.done("delete", "pod", "shell", "--dry-run=client"))
	require.NotContains(t, methods(c), "DELETE")
	require.Equal(t, "pod \"shell\" deleted from default namespace (server dry run)\n", c.done("delete", "pod", "shell", "--dry-run=server"))
	require.NotNil(t, c.Pod("default", "shell"))
	require.Contains(t, c.kx("delete", "pod", "nope", "--dry-run=client").fails(t, 1), `pods "nope" not found`)
}

func TestDeleteSendsWhatItsFlagsSay(t *testing.T) {
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
	} {
		c := start(t)
		c.done(append([]string{"delete", "pod", "shell", "--wait=false"}, test.flags...)...)
		var sent struct {
			Grace       float64 `json:"gracePeriodSeconds"`
			Propagation string  `json:"propagationPolicy"`
		}
		require.NoError(t, json.Unmarshal(c.request("DELETE").Body, &sent))
		require.Equal(t, test.grace, sent.Grace)
		require.Equal(t, test.propagation, sent.Propagation)
	}
}

// held is an object that its finalizer keeps.
const held = `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}`

func TestDeleteEndsWithItsTimeout(t *testing.T) {
	c := start(t)
	_, err := c.Create(held)
	require.NoError(t, err)
	require.Equal(t, result{1, "configmap \"held\" deleted from default namespace\n",
		"error: configmap/held: not gone after 200ms: it may still go, or one of its finalizers holds it\n"}, c.kx("delete", "cm", "held", "--timeout", "200ms"))
}

// watched holds once the server has seen a watch.
func watched(c *cluster) func() bool {
	return func() bool {
		return slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return r.Query.Has("watch") })
	}
}

func TestDeleteGoesOnWhenAWatchIsLostOrForbidden(t *testing.T) {
	for name, effect := range map[string]*kxtest.Effect{
		"lost":      kxtest.Reset(),
		"too old":   kxtest.AnswerStatus(http.StatusGone, "Expired", "too old resource version", 0),
		"forbidden": kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "no", 0),
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			_, err := c.Create(held)
			require.NoError(t, err)
			c.Fault(kxtest.Fault{Query: map[string]string{"watch": "1"}, Then: effect})
			defer once(t, func() {
				c.kx("patch", "cm", "held", "--type", "merge", "-p", "metadata: {finalizers: null}")
			}, watched(c))()
			require.Equal(t, result{0, "configmap \"held\" deleted from default namespace\n", ""}, c.kx("delete", "cm", "held", "--timeout", "20s"))
		})
	}
}

func TestAnInterruptEndsTheWait(t *testing.T) {
	c := start(t)
	_, err := c.Create(held)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer once(t, cancel, watched(c))()
	require.Equal(t, result{1, "configmap \"held\" deleted from default namespace\n", "error: interrupted\n"},
		execute(ctx, "", "--kubeconfig", c.kubeconfig, "delete", "cm", "held"))
}

func TestDeleteRefusesAWrongCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{}, {"pods"}, {"pod", "a", "--now", "--grace-period=3"}, {"pod", "a", "--grace-period=0"}, {"pod", "a", "-f", "x"},
		{"pod", "a", "--timeout=-1s"}, {"pod", "a", "--cascade=sometimes"}, {"pod", "a", "-o", "json"}, {"pod", "node/a"},
	} {
		require.Regexp(t, `; see kx delete --help$`, execute(t.Context(), "", append([]string{"delete"}, args...)...).fails(t, 2), args)
	}
}
