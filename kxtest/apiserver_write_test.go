package kxtest_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
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
