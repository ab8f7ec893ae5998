package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestPatchesOfEachKindAndNoOther(t *testing.T) {
	_, c := seeded(t, "a")
	for _, row := range []struct{ kind, path, body string }{
		{mergeType, pods + "/a", `{"metadata":{"labels":{"by":"merge"}}}`},
		{strategicType, pods + "/a", `{"metadata":{"labels":{"by":"strategic"}}}`},
		{jsonPatchType, pods + "/a", `[{"op":"replace","path":"/metadata/labels/by","value":"json"}]`},
		{applyType, pods + "/a?fieldManager=me&force=true",
			"apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {by: apply}}\n"},
	} {
		patched := c.with("Content-Type", row.kind).do("PATCH", row.path, row.body).is(200)
		require.Contains(t, row.kind+row.body, patched.at("metadata", "labels", "by"))
	}
	for _, kind := range []string{"application/json", "text/plain"} {
		require.Equal(t, "415: Unsupported Media Type", c.with("Content-Type", kind).do("PATCH", pods+"/a",
			"{}").is(415).at("message"))
	}
	require.Equal(t, `PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch`,
		c.with("Content-Type", mergeType).do("PATCH", pods+"/a?force=true", "{}").is(422).at("message"))
	require.Equal(t, `PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch`,
		c.with("Content-Type", applyType).do("PATCH", pods+"/a", "{}").is(422).at("message"))
}

func TestAServerSideApplyCreatesAndNamesConflicts(t *testing.T) {
	_, c := seeded(t)
	apply := c.with("Content-Type", applyType)
	const path = "/api/v1/namespaces/default/configmaps/c"
	body := func(value string) string {
		return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":"` + value + `"}}`
	}
	apply.do("PATCH", path+"?fieldManager=one", body("1")).is(201)
	conflict := apply.do("PATCH", path+"?fieldManager=two", body("2")).is(409)
	require.Equal(t, `Apply failed with 1 conflict: conflict with "one": .data.k`, conflict.at("message"))
	require.Equal(t, "2", apply.do("PATCH", path+"?fieldManager=two&force=true", body("2")).is(200).at("data", "k"))
	require.Equal(t, `namespaces "nope" not found`,
		apply.do("PATCH", "/api/v1/namespaces/nope/configmaps/c?fieldManager=one", body("1")).is(404).at("message"))
}

func TestAnApplyOfWhatIsNoYAMLSaysWhere(t *testing.T) {
	_, c := seeded(t, "a")
	apply := c.with("Content-Type", applyType)
	require.Equal(t, "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content",
		apply.do("PATCH", pods+"/a?fieldManager=m", "a: [").is(400).at("message"))
	require.Equal(t, `pods "b" not found`, apply.do("PATCH", pods+"/b/ephemeralcontainers?fieldManager=m",
		"a: [").is(404).at("message"))
}

func TestTheEphemeralContainersSubresourceHoldsToItsRules(t *testing.T) {
	_, c := seeded(t, "a")
	const path = pods + "/a/ephemeralcontainers"
	jsonPatch, merge := c.with("Content-Type", jsonPatchType), c.with("Content-Type", mergeType)
	add := func(name string) string {
		return `[{"op":"add","path":"/spec/ephemeralContainers/-","value":{"name":"` + name + `","image":"x:1"}}]`
	}
	require.Equal(t, "the server rejected our request due to an error in our request",
		jsonPatch.do("PATCH", path, add("one")).is(422).at("message"),
		"there is no list yet to append to")
	merge.do("PATCH", path, `{"spec":{"ephemeralContainers":[{"name":"one","image":"x:1"}]}}`).is(200)
	jsonPatch.do("PATCH", path, add("two")).is(200)
	require.Equal(t, `Pod "a" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "two" may not be removed`+"\n",
		merge.do("PATCH", path, `{"spec":{"ephemeralContainers":[{"name":"one","image":"x:1"}]}}`).is(422).at("message"))
	require.Contains(t, jsonPatch.do("PATCH", path, add("one")).is(422).at("message"), `Duplicate value: "one"`)
	require.Contains(t, jsonPatch.do("PATCH", path,
		`[{"op":"add","path":"/spec/ephemeralContainers/-","value":{"name":"x","image":"x","targetContainerName":"nope"}}]`).is(422).at("message"),
		`targetContainerName: Not found: "nope"`)
	c.do("POST", path, "{}").is(405)
	c.do("DELETE", path, "").is(405)
	require.Equal(t, "nope", c.get(pods+"/nope/ephemeralcontainers").is(404).at("details", "name"))
}

func TestAServerBefore123HasNoEphemeralContainersSubresource(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithVersion("1.22.17"))
	_, err := srv.Create(idle("a", ""))
	require.NoError(t, err)
	c := newClient(t, srv.Config())
	missing := c.get(pods + "/a/ephemeralcontainers").is(404)
	require.Equal(t, "the server could not find the requested resource", missing.at("message"))
	require.Empty(t, missing.at("details"), "unlike a missing pod's")
	require.Equal(t, "v1.22.17", c.get("/version").at("gitVersion"))
	require.NotContains(t, string(c.get("/api/v1").body), "pods/ephemeralcontainers")
}
