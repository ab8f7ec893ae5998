package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestTheServerAcceptsTheFourKindsOfPatch(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	for _, row := range []struct{ kind, path, body string }{
		{wiretest.MergePatch, wiretest.Pods + "/a", `{"metadata":{"labels":{"by":"merge"}}}`},
		{wiretest.StrategicType, wiretest.Pods + "/a", `{"metadata":{"labels":{"by":"strategic"}}}`},
		{wiretest.JSONPatchType, wiretest.Pods + "/a",
			`[{"op":"replace","path":"/metadata/labels/by","value":"json"}]`},
		{wiretest.ApplyType, wiretest.Pods + "/a?fieldManager=me&force=true",
			"apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {by: apply}}\n"},
	} {
		patched := c.With("Content-Type", row.kind).Do("PATCH", row.path, row.body).Is(200)
		require.Contains(t, row.kind+row.body, patched.At("metadata", "labels", "by"))
	}
	for _, kind := range []string{"application/json", "text/plain"} {
		require.Equal(t, "415: Unsupported Media Type", c.With("Content-Type", kind).Do("PATCH", wiretest.Pods+"/a",
			"{}").Is(415).At("message"))
	}
	require.Equal(t, `PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch`,
		c.With("Content-Type", wiretest.MergePatch).Do("PATCH", wiretest.Pods+"/a?force=true",
			"{}").Is(422).At("message"))
	require.Equal(t, `PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch`,
		c.With("Content-Type", wiretest.ApplyType).Do("PATCH", wiretest.Pods+"/a", "{}").Is(422).At("message"))
}

func TestAServerSideApplyCreatesAndReportsConflicts(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	apply := c.With("Content-Type", wiretest.ApplyType)
	const path = "/api/v1/namespaces/default/configmaps/c"
	body := func(value string) string {
		return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":"` + value + `"}}`
	}
	apply.Do("PATCH", path+"?fieldManager=one", body("1")).Is(201)
	conflict := apply.Do("PATCH", path+"?fieldManager=two", body("2")).Is(409)
	require.Equal(t, `Apply failed with 1 conflict: conflict with "one": .data.k`, conflict.At("message"))
	require.Equal(t, "2", apply.Do("PATCH", path+"?fieldManager=two&force=true", body("2")).Is(200).At("data", "k"))
	require.Equal(t, `namespaces "nope" not found`,
		apply.Do("PATCH", "/api/v1/namespaces/nope/configmaps/c?fieldManager=one", body("1")).Is(404).At("message"))
}

func TestAnApplyOfInvalidYAMLNamesTheLine(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	apply := c.With("Content-Type", wiretest.ApplyType)
	require.Equal(t, "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content",
		apply.Do("PATCH", wiretest.Pods+"/a?fieldManager=m", "a: [").Is(400).At("message"))
	require.Equal(t, `pods "b" not found`, apply.Do("PATCH", wiretest.Pods+"/b/ephemeralcontainers?fieldManager=m",
		"a: [").Is(404).At("message"))
}

func TestTheEphemeralContainersSubresourceEnforcesItsRules(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	const path = wiretest.Pods + "/a/ephemeralcontainers"
	jsonPatch, merge := c.With("Content-Type", wiretest.JSONPatchType), c.With("Content-Type", wiretest.MergePatch)
	add := func(name string) string {
		return `[{"op":"add","path":"/spec/ephemeralContainers/-","value":{"name":"` + name + `","image":"x:1"}}]`
	}
	require.Equal(t, "the server rejected our request due to an error in our request",
		jsonPatch.Do("PATCH", path, add("one")).Is(422).At("message"),
		"there is no list yet to append to")
	merge.Do("PATCH", path, `{"spec":{"ephemeralContainers":[{"name":"one","image":"x:1"}]}}`).Is(200)
	jsonPatch.Do("PATCH", path, add("two")).Is(200)
	require.Equal(t, `Pod "a" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "two" may not be removed`+"\n",
		merge.Do("PATCH", path, `{"spec":{"ephemeralContainers":[{"name":"one","image":"x:1"}]}}`).Is(422).At("message"))
	require.Contains(t, jsonPatch.Do("PATCH", path, add("one")).Is(422).At("message"), `Duplicate value: "one"`)
	require.Contains(t, jsonPatch.Do("PATCH", path,
		`[{"op":"add","path":"/spec/ephemeralContainers/-","value":{"name":"x","image":"x","targetContainerName":"nope"}}]`).Is(422).At("message"),
		`targetContainerName: Not found: "nope"`)
	c.Do("POST", path, "{}").Is(405)
	c.Do("DELETE", path, "").Is(405)
	require.Equal(t, "nope", c.Get(wiretest.Pods+"/nope/ephemeralcontainers").Is(404).At("details", "name"))
}

func TestAServerBefore123HasNoEphemeralContainersSubresource(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithVersion("1.22.17"))
	_, err := srv.Create(wiretest.UnscheduledPod("a", ""))
	require.NoError(t, err)
	c := wiretest.NewClient(t, srv.Config())
	missing := c.Get(wiretest.Pods + "/a/ephemeralcontainers").Is(404)
	require.Equal(t, "the server could not find the requested resource", missing.At("message"))
	require.Empty(t, missing.At("details"), "unlike a missing pod's")
	require.Equal(t, "v1.22.17", c.Get("/version").At("gitVersion"))
	require.NotContains(t, string(c.Get("/api/v1").Body), "pods/ephemeralcontainers")
}

// kubectl keeps what its client-side apply sent in an annotation.
func TestAServerSideApplyOfKubectlUpdatesTheAnnotationOfTheLastApply(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	const path, name = "/api/v1/namespaces/default/configmaps", "kubectl.kubernetes.io/last-applied-configuration"
	annotation := func() any { return c.Get(path+"/c").Is(200).At("metadata", "annotations", name) }
	c.Do("POST", path, `{"metadata":{"name":"c","annotations":{"`+name+`":"{}"}}}`).Is(201)
	apply := c.With("Content-Type", wiretest.ApplyType)
	const applied = `{"apiVersion":"v1","data":{"a":"b"},"kind":"ConfigMap","metadata":{"name":"c"}}`
	apply.Do("PATCH", path+"/c?fieldManager=other", applied).Is(200)
	require.Equal(t, "{}", annotation())
	apply.Do("PATCH", path+"/c?fieldManager=kubectl", applied).Is(200)
	require.Equal(t, applied+"\n", annotation())
}
