package resources_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestDiscoverAsksTheServerForKindsWithoutAModel(t *testing.T) {
	server := start(t)
	client := connect(t, server.Config())
	kind, err := resources.Discover(t.Context(), client, "po")
	require.NoError(t, err)
	require.Equal(t, "pods", kind.String())
	require.Empty(t, server.Requests(), "a kind with a model is known")

	reviewKind := resources.Kind{Group: "authorization.k8s.io", Version: "v1", Kind: "SelfSubjectAccessReview", Resource: "selfsubjectaccessreviews"}
	for _, name := range []string{"selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview"} {
		kind, err = resources.Discover(t.Context(), client, name)
		require.NoError(t, err, name)
		require.Equal(t, reviewKind, kind)
	}
	kind, err = resources.DiscoverObject(t.Context(), client, "authorization.k8s.io/v1", "SelfSubjectAccessReview")
	require.NoError(t, err)
	require.Equal(t, reviewKind, kind)

	for name, err := range map[string]error{
		"nonsense":       second(resources.Discover(t.Context(), client, "nonsense")),
		"v1 Nonsense":    second(resources.DiscoverObject(t.Context(), client, "v1", "Nonsense")),
		"none.test/v1 A": second(resources.DiscoverObject(t.Context(), client, "none.test/v1", "A")),
		"configmaps.x":   second(resources.Discover(t.Context(), client, "configmaps.x")),
	} {
		var unknown *resources.UnknownKindError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, name, unknown.Name)
		require.ErrorContains(t, err, `the server has no resource type "`+name+`"`)
	}
}

// unaggregated returns a client of a server with two groups of custom resources, older than
// Kubernetes 1.27. One group is down.
func unaggregated(t *testing.T, asked *[]string) *transport.Client {
	documents := map[string]string{
		"/api":    `{"kind":"APIVersions","versions":["v1"]}`,
		"/api/v1": `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"replicationcontrollers","singularName":"","kind":"ReplicationController","namespaced":true,"shortNames":["rc"]},{"name":"replicationcontrollers/status","kind":"ReplicationController","namespaced":true}]}`,
		"/apis": `{"kind":"APIGroupList","groups":[{"name":"down.test","preferredVersion":{"version":"v1"},"versions":[{"version":"v1"}]},
			{"name":"example.com","preferredVersion":{"version":"v2"},"versions":[{"version":"v1"},{"version":"v2"}]}]}`,
		"/apis/example.com/v2": `{"kind":"APIResourceList","groupVersion":"example.com/v2","resources":[{"name":"widgets","singularName":"widget","kind":"Widget","namespaced":true,"shortNames":["wd"]},{"name":"widgets/scale","kind":"Scale","group":"autoscaling","version":"v1"}]}`,
		"/apis/example.com/v1": `{"kind":"APIResourceList","groupVersion":"example.com/v1","resources":[{"name":"widgets","singularName":"widget","kind":"Widget","namespaced":true},{"name":"gadgets","singularName":"gadget","kind":"Gadget"}]}`,
	}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path)
		document, ok := documents[r.URL.Path]
		switch {
		case strings.HasPrefix(r.URL.Path, "/apis/down.test"):
			w.WriteHeader(http.StatusInternalServerError)
		case !ok:
			http.NotFound(w, r)
		}
		_, _ = io.WriteString(w, document)
	})
}

func TestDiscoverFindsCustomResources(t *testing.T) {
	var asked []string
	client := unaggregated(t, &asked)
	v1 := resources.Kind{Group: "example.com", Version: "v1", Kind: "Widget", Resource: "widgets", Namespaced: true}
	v2 := v1
	v2.Version = "v2"
	gadgets := resources.Kind{Group: "example.com", Version: "v1", Kind: "Gadget", Resource: "gadgets"}
	controllers := resources.Kind{Version: "v1", Kind: "ReplicationController", Resource: "replicationcontrollers", Namespaced: true}
	for name, want := range map[string]resources.Kind{
		"widgets": v2, "widget": v2, "wd": v2, "Widgets": v2, // the group that is down is skipped
		"widgets.example.com": v2, "wd.example.com": v2, "widgets.v1.example.com": v1, "widgets.v2.example.com": v2,
		"gadgets": gadgets, "rc": controllers, "replicationcontroller": controllers,
	} {
		t.Run(name, func(t *testing.T) {
			asked = nil
			kind, err := resources.Discover(t.Context(), client, name)
			require.NoError(t, err)
			require.Equal(t, want, kind)
			if strings.Contains(name, ".") {
				require.NotContains(t, asked, "/apis/down.test/v1", "only the group that is named is asked")
				require.NotContains(t, asked, "/api/v1")
			}
		})
	}
	t.Run("a missing kind may be in the unavailable group", func(t *testing.T) {
		_, err := resources.Discover(t.Context(), client, "nonsense")
		require.ErrorIs(t, err, transport.ErrInternal)
		require.ErrorContains(t, err, `resource type "nonsense" is in none of the groups that could be asked`)
	})
	t.Run("a kind that the named group lacks is unknown", func(t *testing.T) {
		_, err := resources.Discover(t.Context(), client, "nonsense.example.com")
		var unknown *resources.UnknownKindError
		require.True(t, errors.As(err, &unknown))
	})
	t.Run("by an object's apiVersion and kind", func(t *testing.T) {
		asked = nil
		kind, err := resources.DiscoverObject(t.Context(), client, "example.com/v1", "Widget")
		require.NoError(t, err)
		require.Equal(t, v1, kind)
		require.Equal(t, []string{"/apis/example.com/v1"}, asked)
		kind, err = resources.DiscoverObject(t.Context(), client, "apps/v1", "Deployment")
		require.NoError(t, err)
		require.Equal(t, "deployments.apps", kind.String())
		require.Len(t, asked, 1)
		_, err = resources.DiscoverObject(t.Context(), client, "down.test/v1", "Widget")
		require.ErrorIs(t, err, transport.ErrInternal)
		_, err = resources.DiscoverObject(t.Context(), client, "example.com/v2", "Scale")
		var unknown *resources.UnknownKindError
		require.ErrorAs(t, err, &unknown, "a subresource is no kind of its own")
	})
}

func TestDiscoverFailsIfDiscoveryCannotBeDecoded(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	require.ErrorContains(t, second(resources.Discover(t.Context(), client, "widgets")), "GET /api: the answer cannot be read")
}
