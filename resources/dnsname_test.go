package resources_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestDiscoveryIgnoresNamesThatTheAPIDoesNotAllow(t *testing.T) {
	for name, c := range map[string]struct {
		group, version, resource, kind string
		found                          bool
	}{
		"names of the API":           {"example.com", "v1", "widgets", "Widget", true},
		"digits and hyphens":         {"1.x-2.com", "v1beta1", "w-2", "W2", true},
		"63 characters":              {"example.com", "v1", strings.Repeat("w", 63), "Widget", true},
		"64 characters":              {"example.com", "v1", strings.Repeat("w", 64), "Widget", false},
		"another folder of the path": {"example.com", "v1", "..", "Widget", false},
		"a slash":                    {"example.com", "v1", "widgets/../../secrets", "Widget", false},
		"an escaped slash":           {"example.com", "v1", "widgets%2fstatus", "Widget", false},
		"a control character":        {"example.com", "v1", `widgets\u001b[2J`, "Widget", false},
		"upper case":                 {"example.com", "v1", "Widgets", "Widget", false},
		"a hyphen at the end":        {"example.com", "v1", "widgets-", "Widget", false},
		"no resource":                {"example.com", "v1", "", "Widget", false},
		"no kind":                    {"example.com", "v1", "widgets", "", false},
		"a kind with a space":        {"example.com", "v1", "widgets", "Wid get", false},
		"a version with a query":     {"example.com", "v1?x", "widgets", "Widget", false},
		"a group with an empty part": {"example..com", "v1", "widgets", "Widget", false},
		"a group of 254 characters":  {strings.Repeat("e.", 126) + "ee", "v1", "widgets", "Widget", false},
	} {
		t.Run(name, func(t *testing.T) {
			item := fmt.Sprintf(`{"metadata":{"name":%q},"versions":[{"version":%q,"resources":[{"resource":"%s","responseKind":{"kind":%q},"categories":["some"]}]}]}`,
				c.group, c.version, c.resource, c.kind)
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/apis" {
					aggregated(w, item)
					return
				}
				aggregated(w)
			})
			found, err := resources.NewDiscovery(client).FindAll(t.Context(), "some")
			if !c.found {
				require.ErrorAs(t, err, new(*resources.UnknownKindError))
				return
			}
			require.NoError(t, err)
			require.Equal(t, resources.Kind{Group: c.group, Version: c.version, Kind: c.kind, Resource: c.resource}, found[0].Kind)
		})
	}
}
