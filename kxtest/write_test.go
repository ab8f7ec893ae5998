package kxtest_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

const (
	strategicType = "application/strategic-merge-patch+json"
	jsonPatchType = "application/json-patch+json"
	applyType     = "application/apply-patch+yaml"
)

func TestACreateIsRefusedInTheServersWords(t *testing.T) {
	_, c := seeded(t, "a")
	for _, row := range []struct {
		name, path, body string
		code             int
		message          string
	}{
		{"a name that is taken", pods, idle("a", ""), 409, `pods "a" already exists`},
		{"a namespace that is not there", "/api/v1/namespaces/nope/pods", idle("x", ""), 404,
			`namespaces "nope" not found`},
		{"another namespace than the URL's", pods, `{"metadata":{"name":"x","namespace":"other"}}`, 400,
			"the namespace of the provided object does not match the namespace sent on the request"},
		{"a resourceVersion", pods, strings.Replace(idle("x", ""), `"name"`, `"resourceVersion":"5","name"`, 1), 500,
			"resourceVersion should not be set on objects to be created"},
		{"no JSON", pods, "{", 400, "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input ({)"},
		{"no content", pods, "{}", 422,
			`Pod "" is invalid: [metadata.name: Required value: name or generateName is required, spec.containers: Required value]`},
		{"an unknown dry run", pods + "?dryRun=Some", idle("x", ""), 422,
			`CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"`},
		{"an unknown field validation", pods + "?fieldValidation=strict", idle("x", ""), 422,
			`CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn"`},
		{"too long a field manager", pods + "?fieldManager=" + strings.Repeat("m", 129), idle("x", ""), 422,
			`CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes`},
		{"a field manager that does not print", pods + "?fieldManager=a%01", idle("x", ""), 422,
			`CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\x01": invalid character U+0001 (at position 1)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.message, c.do("POST", row.path, row.body).is(row.code).at("message"))
		})
	}
	require.Equal(t, "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
		c.with("Content-Type", "text/plain").do("POST", pods, "{}").is(415).at("message"))
	require.Equal(t, "Request entity too large: limit is 3145728",
		c.do("POST", pods, strings.Repeat(" ", 3<<20+1)).is(413).at("message"))
	require.Equal(t, []string{"a"}, names(c.get(pods)), "nothing was stored")
}

func TestUnknownFieldsWarnAndAreRefusedWhenStrict(t *testing.T) {
	_, c := seeded(t)
	body := strings.Replace(idle("a", ""), `"image"`, `"imagee":1,"image"`, 1)
	strict := c.do("POST", pods+"?fieldValidation=Strict", body).is(400)
	require.Equal(t, `Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].imagee"`, strict.at("message"))
	warned := c.do("POST", pods+"?dryRun=All", body).is(201)
	require.Equal(t, `299 - "unknown field \"spec.containers[0].imagee\""`, warned.head.Get("Warning"))
	require.Empty(t, c.do("POST", pods+"?fieldValidation=Ignore", body).is(201).head.Get("Warning"))
}

func TestADryRunShowsWhatWouldBeAndStoresNothing(t *testing.T) {
	_, c := seeded(t, "a")
	version := c.version()
	dry := c.do("POST", pods+"?dryRun=All", idle("b", "")).is(201)
	require.NotEmpty(t, dry.at("metadata", "uid"))
	require.Nil(t, dry.at("metadata", "resourceVersion"))
	patched := c.with("Content-Type", mergeType).do("PATCH", pods+"/a?dryRun=All",
		`{"metadata":{"labels":{"x":"1"}}}`).is(200)
	require.Equal(t, "1", patched.at("metadata", "labels", "x"))
	require.NotNil(t, c.do("DELETE", pods+"/a?dryRun=All", "").is(200).at("metadata", "deletionTimestamp"))
	require.Equal(t, []string{"a"}, names(c.get(pods)))
	require.Equal(t, version, c.version())
}

func TestYAMLAndGeneratedNamesAreTaken(t *testing.T) {
	_, c := seeded(t)
	made := c.with("Content-Type", "application/yaml").do("POST", pods,
		"metadata: {generateName: web-}\nspec:\n  schedulerName: none\n  containers:\n  - {name: c, image: x}\n").is(201)
	require.Regexp(t, `^web-[a-z0-9]{5}$`, made.at("metadata", "name"))
	bad := c.with("Content-Type", "application/yaml").do("POST", pods, "a: [").is(400)
	require.Contains(t, bad.at("message"), "the object provided is unrecognized (must be of type Pod): yaml: line 1: ")
}

func TestAnUpdateOfAnOldVersionIsAConflict(t *testing.T) {
	_, c := seeded(t, "a")
	old := c.get(pods + "/a")
	c.with("Content-Type", mergeType).do("PATCH", pods+"/a", `{"metadata":{"labels":{"x":"1"}}}`).is(200)
	conflict := c.do("PUT", pods+"/a", string(old.body)).is(409)
	require.Equal(t, `Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again`, conflict.at("message"))
	require.Equal(t, "Conflict", conflict.at("reason"))
	require.Equal(t, `pods "b" not found`, c.do("PUT", pods+"/b", idle("b", "")).is(404).at("message"))
	require.Equal(t, "the name of the object (b) does not match the name on the URL (a)",
		c.do("PUT", pods+"/a", idle("b", "")).is(400).at("message"))
}

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

func TestManyWritersOfOnePodAllLand(t *testing.T) {
	srv, c := seeded(t, "a")
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			body := `{"spec":{"ephemeralContainers":[{"name":"d` + string(rune('a'+i)) + `","image":"x:1"}]}}`
			response, err := c.with("Content-Type", strategicType).open("PATCH", pods+"/a/ephemeralcontainers", body)
			if err == nil {
				response.Body.Close()
			}
		})
	}
	wait.Wait()
	require.Equal(t, 20, strings.Count(string(srv.Pod("default", "a")), `"image":"x:1"`))
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

func TestWorkloadsScale(t *testing.T) {
	srv, c := seeded(t)
	_, err := srv.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
		"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"x"}]}}}}`)
	require.NoError(t, err)
	const path = "/apis/apps/v1/namespaces/default/deployments/web"
	scale := c.get(path + "/scale").is(200)
	require.Equal(t, "autoscaling/v1", scale.at("apiVersion"))
	require.EqualValues(t, 2, scale.at("spec", "replicas"))
	require.Equal(t, "app=web", scale.at("status", "selector"))
	require.EqualValues(t, 3, c.with("Content-Type", mergeType).do("PATCH", path+"/scale",
		`{"spec":{"replicas":3}}`).is(200).at("spec", "replicas"))
	require.EqualValues(t, 4, c.with("Content-Type", jsonPatchType).do("PATCH", path+"/scale",
		`[{"op":"replace","path":"/spec/replicas","value":4}]`).is(200).at("spec", "replicas"))
	require.EqualValues(t, 5, c.do("PUT", path+"/scale",
		`{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"web"},"spec":{"replicas":5}}`).is(200).at("spec", "replicas"))
	require.EqualValues(t, 5, c.get(path).at("spec", "replicas"))
	require.Contains(t, c.with("Content-Type", mergeType).do("PATCH", path+"/scale",
		`{"spec":{"replicas":-1}}`).is(422).at("message"), "must be greater than or equal to 0")
	c.do("PUT", path+"/scale", string(scale.body)).is(409)
	c.get(path + "/ephemeralcontainers").is(404)
	require.Equal(t, "1", c.with("Content-Type", mergeType).do("PATCH", path+"/status",
		`{"metadata":{"annotations":{"a":"1"}},"spec":{"replicas":9},"status":{"replicas":1}}`).is(200).at("metadata",
		"annotations", "a"))
	require.EqualValues(t, 5, c.get(path).at("spec", "replicas"), "status does not touch the spec")
}
