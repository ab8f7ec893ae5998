package apiserver_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAnInvalidCreateFailsWithTheServersMessage(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	for _, row := range []struct {
		name, path, body string
		code             int
		message          string
	}{
		{"a name that exists", wiretest.Pods, wiretest.UnscheduledPod("a", ""), 409, `pods "a" already exists`},
		{"a missing namespace", "/api/v1/namespaces/nope/pods", wiretest.UnscheduledPod("x", ""), 404,
			`namespaces "nope" not found`},
		{"another namespace than the URL's", wiretest.Pods, `{"metadata":{"name":"x","namespace":"other"}}`, 400,
			"the namespace of the provided object does not match the namespace sent on the request"},
		{"a resourceVersion", wiretest.Pods, strings.Replace(wiretest.UnscheduledPod("x", ""), `"name"`,
			`"resourceVersion":"5","name"`, 1), 500,
			"resourceVersion should not be set on objects to be created"},
		{"invalid JSON", wiretest.Pods, "{", 400,
			"the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input ({)"},
		{"no content", wiretest.Pods, "{}", 422,
			`Pod "" is invalid: [metadata.name: Required value: name or generateName is required, spec.containers: Required value]`},
		{"an unknown dry run", wiretest.Pods + "?dryRun=Some", wiretest.UnscheduledPod("x", ""), 422,
			`CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"`},
		{"an unknown field validation", wiretest.Pods + "?fieldValidation=strict", wiretest.UnscheduledPod("x", ""),
			422,
			`CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn"`},
		{"too long a field manager", wiretest.Pods + "?fieldManager=" + strings.Repeat("m", 129),
			wiretest.UnscheduledPod("x", ""), 422,
			`CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes`},
		{"an unprintable field manager", wiretest.Pods + "?fieldManager=a%01", wiretest.UnscheduledPod("x", ""),
			422,
			`CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\x01": invalid character U+0001 (at position 1)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.message, c.Do("POST", row.path, row.body).Is(row.code).At("message"))
		})
	}
	require.Equal(t, "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
		c.With("Content-Type", "text/plain").Do("POST", wiretest.Pods, "{}").Is(415).At("message"))
	require.Equal(t, "Request entity too large: limit is 3145728",
		c.Do("POST", wiretest.Pods, strings.Repeat(" ", 3<<20+1)).Is(413).At("message"))
	require.Equal(t, []string{"a"}, wiretest.Names(c.Get(wiretest.Pods)), "nothing was stored")
}

func TestUnknownFieldsWarnAndAreRefusedWhenStrict(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	body := strings.Replace(wiretest.UnscheduledPod("a", ""), `"image"`, `"imagee":1,"image"`, 1)
	strict := c.Do("POST", wiretest.Pods+"?fieldValidation=Strict", body).Is(400)
	require.Equal(t, `Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.containers[0].imagee"`, strict.At("message"))
	warned := c.Do("POST", wiretest.Pods+"?dryRun=All", body).Is(201)
	require.Equal(t, `299 - "unknown field \"spec.containers[0].imagee\""`, warned.Head.Get("Warning"))
	require.Empty(t, c.Do("POST", wiretest.Pods+"?fieldValidation=Ignore", body).Is(201).Head.Get("Warning"))
}

func TestADryRunReturnsTheResultAndStoresNothing(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	version := c.Version()
	dry := c.Do("POST", wiretest.Pods+"?dryRun=All", wiretest.UnscheduledPod("b", "")).Is(201)
	require.NotEmpty(t, dry.At("metadata", "uid"))
	require.Nil(t, dry.At("metadata", "resourceVersion"))
	patched := c.With("Content-Type", wiretest.MergePatch).Do("PATCH", wiretest.Pods+"/a?dryRun=All",
		`{"metadata":{"labels":{"x":"1"}}}`).Is(200)
	require.Equal(t, "1", patched.At("metadata", "labels", "x"))
	require.NotNil(t, c.Do("DELETE", wiretest.Pods+"/a?dryRun=All", "").Is(200).At("metadata", "deletionTimestamp"))
	require.Equal(t, []string{"a"}, wiretest.Names(c.Get(wiretest.Pods)))
	require.Equal(t, version, c.Version())
}

func TestACreateMayBeYAMLAndLeaveTheNameToTheServer(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	made := c.With("Content-Type", "application/yaml").Do("POST", wiretest.Pods,
		"metadata: {generateName: web-}\nspec:\n  schedulerName: none\n  containers:\n  - {name: c, image: x}\n").Is(201)
	require.Regexp(t, `^web-[a-z0-9]{5}$`, made.At("metadata", "name"))
	bad := c.With("Content-Type", "application/yaml").Do("POST", wiretest.Pods, "a: [").Is(400)
	require.Contains(t, bad.At("message"), "the object provided is unrecognized (must be of type Pod): yaml: line 1: ")
}

func TestAnUpdateOfAnOldVersionIsAConflict(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	old := c.Get(wiretest.Pods + "/a")
	c.With("Content-Type", wiretest.MergePatch).Do("PATCH", wiretest.Pods+"/a",
		`{"metadata":{"labels":{"x":"1"}}}`).Is(200)
	conflict := c.Do("PUT", wiretest.Pods+"/a", string(old.Body)).Is(409)
	require.Equal(t, `Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again`, conflict.At("message"))
	require.Equal(t, "Conflict", conflict.At("reason"))
	require.Equal(t, `pods "b" not found`,
		c.Do("PUT", wiretest.Pods+"/b", wiretest.UnscheduledPod("b", "")).Is(404).At("message"))
	require.Equal(t, "the name of the object (b) does not match the name on the URL (a)",
		c.Do("PUT", wiretest.Pods+"/a", wiretest.UnscheduledPod("b", "")).Is(400).At("message"))
}

func TestConcurrentWritesOfOnePodAllSucceed(t *testing.T) {
	srv, c := wiretest.StartWithPods(t, "a")
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			body := `{"spec":{"ephemeralContainers":[{"name":"d` + string(rune('a'+i)) + `","image":"x:1"}]}}`
			response, err := c.With("Content-Type", wiretest.StrategicType).Open("PATCH", wiretest.Pods+
				"/a/ephemeralcontainers", body)
			if err == nil {
				response.Body.Close()
			}
		})
	}
	wait.Wait()
	require.Equal(t, 20, strings.Count(string(srv.Pod("default", "a")), `"image":"x:1"`))
}
