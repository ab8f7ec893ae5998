package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDiscoverySaysWhatIsServed(t *testing.T) {
	_, c := seeded(t)
	require.Equal(t, []any{"v1"}, c.get("/api").is(200).at("versions"))
	require.Equal(t, "apps", c.get("/apis/").is(200).at("groups", 0, "name"))
	require.Equal(t, "apps/v1", c.get("/apis/apps").is(200).at("preferredVersion", "groupVersion"))
	core := c.get("/api/v1").is(200)
	require.Equal(t, "v1", core.at("groupVersion"))
	require.Contains(t, string(core.body),
		`{"name":"pods/ephemeralcontainers","singularName":"","namespaced":true,"kind":"Pod","verbs":["get","patch","update"]}`)
	require.Contains(t, string(core.body),
		`{"name":"pods/attach","singularName":"","namespaced":true,"kind":"PodAttachOptions","verbs":["create","get"]}`)
	require.Contains(t, string(core.body),
		`{"name":"pods/exec","singularName":"","namespaced":true,"kind":"PodExecOptions","verbs":["create","get"]},`+
			`{"name":"pods/log","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]}`)
	require.Contains(t, string(core.body), `"shortNames":["po"],"categories":["all"]`)
	require.Contains(t, string(c.get("/apis/apps/v1").is(200).body),
		`"group":"autoscaling","version":"v1","kind":"Scale"`)
	require.Contains(t, string(c.get("/apis/authorization.k8s.io/v1").is(200).body), "selfsubjectaccessreviews")
	require.Equal(t, "35", c.get("/version").is(200).at("minor"))
	for _, path := range []string{"/healthz", "/livez", "/readyz"} {
		require.Equal(t, "ok", string(c.get(path).is(200).body))
	}
	require.Contains(t, c.get("/").is(200).at("paths"), "/api/v1")
	c.do("POST", "/version", "{}").is(405)
}

func TestEveryServedResourceIsListed(t *testing.T) {
	_, c := seeded(t)
	for _, group := range []string{"/api/v1", "/apis/apps/v1", "/apis/batch/v1"} {
		resources, _ := c.get(group).at("resources").([]any)
		require.NotEmpty(t, resources)
		for _, resource := range resources {
			name := follow(resource, "name").(string)
			if follow(resource, "singularName") == "" {
				continue // a subresource
			}
			list := c.get(group + "/" + name).is(200)
			require.Equal(t, follow(resource, "kind").(string)+"List", list.at("kind"))
		}
	}
}

func TestWhatIsNotThereIs404InTheServersTwoWays(t *testing.T) {
	_, c := seeded(t, "a")
	for _, path := range []string{"/api/v1/foos", "/api/v2/pods", "/api/v2", "/apis/apps/v2", "/apis/batch/v2",
		"/apis/apps/v1/foos", pods + "/a/foo", pods + "/a/status/x", "/api/v1/pods/a",
		"/api/v1/namespaces/default/nodes", pods + "/a%2Fb"} {
		missing := c.get(path).is(404)
		require.Equal(t, "the server could not find the requested resource", missing.at("message"), path)
		require.Empty(t, missing.at("details"))
	}
	for _, path := range []string{"/nope", "/apis/nope", "/apis/nope/v1/x", "//api/v1/pods"} {
		require.Equal(t, "404 page not found\n", string(c.get(path).is(404).body), path)
	}
	require.Equal(t, `Name parameter invalid: "..": may not be '..'`, c.get(pods+"/%2e%2e").is(400).at("message"))
	for _, method := range []string{"PUT", "PATCH"} {
		require.Equal(t, "the server does not allow this method on the requested resource",
			c.do(method, pods, "{}").is(405).at("message"))
	}
	require.Equal(t, []string{"a"}, names(c.get(pods+"/").is(200)), "a slash at the end does no harm")
}

func TestAnAnswerIsIndentedForPeople(t *testing.T) {
	_, c := seeded(t, "a")
	require.Contains(t, string(c.get(pods+"/a?pretty=true").body), "{\n  \"kind\": \"Pod\",\n")
	c.header.Set("User-Agent", "curl/8")
	require.Contains(t, string(c.get(pods+"/a").body), "{\n  \"kind\": \"Pod\",\n")
	require.Contains(t, string(c.get(pods+"/a?pretty=0").body), `{"kind":"Pod",`)
}
