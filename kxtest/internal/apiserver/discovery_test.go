package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestDiscoveryListsGroupsAndResources(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	require.Equal(t, []any{"v1"}, c.Get("/api").Is(200).At("versions"))
	require.Equal(t, "apps", c.Get("/apis/").Is(200).At("groups", 0, "name"))
	require.Equal(t, "apps/v1", c.Get("/apis/apps").Is(200).At("preferredVersion", "groupVersion"))
	core := c.Get("/api/v1").Is(200)
	require.Equal(t, "v1", core.At("groupVersion"))
	require.Contains(t, string(core.Body),
		`{"name":"pods/ephemeralcontainers","singularName":"","namespaced":true,"kind":"Pod","verbs":["get","patch","update"]}`)
	require.Contains(t, string(core.Body),
		`{"name":"pods/attach","singularName":"","namespaced":true,"kind":"PodAttachOptions","verbs":["create","get"]}`)
	require.Contains(t, string(core.Body),
		`{"name":"pods/exec","singularName":"","namespaced":true,"kind":"PodExecOptions","verbs":["create","get"]},`+
			`{"name":"pods/log","singularName":"","namespaced":true,"kind":"Pod","verbs":["get"]}`)
	require.Contains(t, string(core.Body), `"shortNames":["po"],"categories":["all"]`)
	require.Contains(t, string(c.Get("/apis/apps/v1").Is(200).Body),
		`"group":"autoscaling","version":"v1","kind":"Scale"`)
	require.Contains(t, string(c.Get("/apis/authorization.k8s.io/v1").Is(200).Body), "selfsubjectaccessreviews")
	require.Equal(t, "35", c.Get("/version").Is(200).At("minor"))
	for _, path := range []string{"/healthz", "/livez", "/readyz"} {
		require.Equal(t, "ok", string(c.Get(path).Is(200).Body))
	}
	require.Contains(t, c.Get("/").Is(200).At("paths"), "/api/v1")
	c.Do("POST", "/version", "{}").Is(405)
}

func TestEveryServedResourceIsListed(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	for _, group := range []string{"/api/v1", "/apis/apps/v1", "/apis/batch/v1"} {
		resources, _ := c.Get(group).At("resources").([]any)
		require.NotEmpty(t, resources)
		for _, resource := range resources {
			name := wiretest.Follow(resource, "name").(string)
			if wiretest.Follow(resource, "singularName") == "" {
				continue // a subresource
			}
			list := c.Get(group + "/" + name).Is(200)
			require.Equal(t, wiretest.Follow(resource, "kind").(string)+"List", list.At("kind"))
		}
	}
}

func TestAnUnknownPathAndAnUnknownResourceAre404(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	for _, path := range []string{"/api/v1/foos", "/api/v2/pods", "/api/v2", "/apis/apps/v2", "/apis/batch/v2",
		"/apis/apps/v1/foos", wiretest.Pods + "/a/foo", wiretest.Pods + "/a/status/x", "/api/v1/pods/a",
		"/api/v1/namespaces/default/nodes", wiretest.Pods + "/a%2Fb"} {
		missing := c.Get(path).Is(404)
		require.Equal(t, "the server could not find the requested resource", missing.At("message"), path)
		require.Empty(t, missing.At("details"))
	}
	for _, path := range []string{"/nope", "/apis/nope", "/apis/nope/v1/x", "//api/v1/pods"} {
		require.Equal(t, "404 page not found\n", string(c.Get(path).Is(404).Body), path)
	}
	require.Equal(t, `Name parameter invalid: "..": may not be '..'`,
		c.Get(wiretest.Pods+"/%2e%2e").Is(400).At("message"))
	for _, method := range []string{"PUT", "PATCH"} {
		require.Equal(t, "the server does not allow this method on the requested resource",
			c.Do(method, wiretest.Pods, "{}").Is(405).At("message"))
	}
	require.Equal(t, []string{"a"}, wiretest.Names(c.Get(wiretest.Pods+"/").Is(200)), "a slash at the end does no harm")
}

func TestAResponseIsIndentedForCurlAndBrowsers(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	require.Contains(t, string(c.Get(wiretest.Pods+"/a?pretty=true").Body), "{\n  \"kind\": \"Pod\",\n")
	c.Header.Set("User-Agent", "curl/8")
	require.Contains(t, string(c.Get(wiretest.Pods+"/a").Body), "{\n  \"kind\": \"Pod\",\n")
	require.Contains(t, string(c.Get(wiretest.Pods+"/a?pretty=0").Body), `{"kind":"Pod",`)
}
