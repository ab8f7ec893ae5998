package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestGetSendsOneRequestForABuiltInKind(t *testing.T) {
	c := clitest.Start(t)
	for _, args := range [][]string{
		{"get", "po"}, {"get", "cm", "-o", "name"}, {"get", "crd"}, {"get", "PodDisruptionBudget", "-o", "json"},
		{"get", "pdb.policy", "-o", "yaml"}, {"get", "pod", "shell", "-o", "json"}, {"get", "crds", "-o", "name"},
	} {
		c.ForgetRequests()
		require.Equal(t, 0, c.Kx(args...).Code, args)
		require.Len(t, c.Requests(), 1, args)
	}
}

// kxtest has no horizontalpodautoscalers, so its custom resource has that short name alone.
func TestGetAsksForTheKindIfTheServerLacksTheBuiltInOne(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("get", "hpa", "a", "b")
	require.Equal(t, clitest.Result{Code: 1, Err: r.Err}, r)
	const unknown = `error: the server has no resource type "hpa": check its spelling, and its group when it is from a custom resource` + "\n"
	require.Equal(t, unknown+unknown, r.Err)
	require.Equal(t, unknown, c.Kx("get", "hpa", "-o", "name").Err)

	definition := c.Write("definition.json", `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"hops.example.com"},"spec":{
		"group":"example.com","scope":"Cluster","names":{"plural":"hops","singular":"hop","kind":"Hop","shortNames":["hpa","po"]},
		"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}`)
	c.MustRun("create", "-f", definition)
	clitest.WaitUntil(t, func() bool { return c.Kx("get", "hops").Code == 0 }, "the kind is served")
	c.MustRun("create", "-f", c.Write("hop.json", `{"apiVersion":"example.com/v1","kind":"Hop","metadata":{"name":"one"}}`))
	for args, want := range map[string]string{
		"get hpa -o name":     "hop.example.com/one\n",
		"get hpa one -o name": "hop.example.com/one\n",
		"get hpa --no-headers -o jsonpath={.items[*].metadata.name}": "one",
	} {
		require.Equal(t, want, c.MustRun(strings.Fields(args)...), args)
	}
	require.Regexp(t, `(?m)^one `, c.MustRun("get", "hpa"))
	require.Regexp(t, `(?m)^one `, c.MustRun("get", "hpa", "one"))
	require.Contains(t, c.MustRun("get", "po", "-o", "name"), "pod/shell", "the built-in kind has precedence")
	r = c.Kx("get", "hpa", "two")
	require.Equal(t, fmt.Sprintf("error: GET %s: hops.example.com \"two\" not found (404)\n", "/k8s/clusters/c-1/apis/example.com/v1/hops/two"), r.Err)
}
