package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

const aggregatedV2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

func TestAggregatedDiscoveryHasAllGroupsInOneDocument(t *testing.T) {
	_, c := wiretest.StartWithPods(t)
	c.Header.Set("Accept", aggregatedV2+",application/json")
	core := c.Get("/api").Is(200)
	require.Equal(t, aggregatedV2, core.Head.Get("Content-Type"))
	require.Equal(t, "APIGroupDiscoveryList", core.At("kind"))
	require.Contains(t, string(core.Body), `{"resource":"pods","responseKind":{"group":"","version":"","kind":"Pod"},"scope":"Namespaced",`+
		`"singularResource":"pod","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["po"],"categories":["all"],`+
		`"subresources":[{"subresource":"attach","responseKind":{"group":"","version":"","kind":"PodAttachOptions"},"verbs":["create","get"]},`)
	groups := c.Get("/apis").Is(200)
	require.Equal(t, "apps", groups.At("items", 0, "metadata", "name"))
	require.Equal(t, "Current", groups.At("items", 0, "versions", 0, "freshness"))
	require.Contains(t, string(groups.Body), `{"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"},"verbs":["get","patch","update"]}`)
}

func TestTheAcceptHeaderChoosesTheFormOfDiscovery(t *testing.T) {
	const v2beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
	for name, c := range map[string]struct{ version, accept, kind, apiVersion string }{
		"without a header":        {"1.35.4", "", "APIGroupList", "v1"},
		"JSON first":              {"1.35.4", "application/json," + aggregatedV2, "APIGroupList", "v1"},
		"v2":                      {"1.35.4", aggregatedV2, "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2"},
		"v2beta1":                 {"1.35.4", v2beta1 + "," + aggregatedV2, "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2beta1"},
		"v2 on 1.28":              {"1.28.0", aggregatedV2 + "," + v2beta1 + ",application/json", "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2beta1"},
		"either on 1.26":          {"1.26.0", aggregatedV2 + "," + v2beta1 + ",application/json", "APIGroupList", "v1"},
		"another group":           {"1.35.4", "application/json;g=x;v=v2;as=APIGroupDiscoveryList,application/json", "APIGroupList", "v1"},
		"protobuf in front of it": {"1.35.4", "application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," + aggregatedV2, "APIGroupDiscoveryList", "apidiscovery.k8s.io/v2"},
	} {
		t.Run(name, func(t *testing.T) {
			server := kxtest.Start(t, kxtest.WithVersion(c.version))
			client := wiretest.NewClient(t, server.Config())
			if c.accept != "" {
				client.Header.Set("Accept", c.accept)
			}
			answer := client.Get("/apis").Is(200)
			require.Equal(t, c.kind, answer.At("kind"))
			require.Equal(t, c.apiVersion, answer.At("apiVersion"))
		})
	}
}
