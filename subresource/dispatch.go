package subresource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// Endpoint is a subresource that was asked for by name: its objects come as resources.Object.
type Endpoint interface {
	Get(ctx context.Context, name string, opts ...GetOption) (*resources.Object, error)
	Replace(ctx context.Context, name string, object *resources.Object, opts ...UpdateOption) (*resources.Object, error)
	ReplaceRaw(ctx context.Context, name string, document []byte, opts ...UpdateOption) (*resources.Object, error)
	Patch(ctx context.Context, name string, p resources.Patch, opts ...PatchOption) (*resources.Object, error)
}

// Dispatch gives the subresource called name of the API's kind. The error is an *UnsupportedError when the kind has none of that name.
// Kinds that this package does not know, those of custom resources, are taken to have a status and a scale; the server tells.
func Dispatch(api *resources.API[resources.Object], name string) (Endpoint, error) {
	kinds, known := served[name]
	kind := api.Kind().String()
	switch {
	case !known, !slices.Contains(kinds, kind) && (isKnown(kind) || name == ephemeralContainers):
		return nil, &UnsupportedError{Kind: kind, Subresource: name, Kinds: slices.Clone(kinds)}
	case name == ephemeralContainers:
		return newEphemeralContainers(api), nil
	}
	return resources.Sub[resources.Object](api, name), nil
}

// served holds which of the kinds that have a model serve which subresource by GET, PUT and PATCH.
var served = map[string][]string{
	ephemeralContainers: {"pods"},
	"scale":             {"deployments.apps", "replicasets.apps", "statefulsets.apps"},
	"status":            {"deployments.apps", "namespaces", "nodes", "pods", "replicasets.apps", "statefulsets.apps"},
}

// isKnown holds for kinds about which served is complete.
func isKnown(kind string) bool { return slices.Contains(served["status"], kind) || kind == "events" }

// UnsupportedError says that a kind has no such subresource; nothing was sent.
type UnsupportedError struct {
	// Kind is such as "deployments.apps".
	Kind, Subresource string
	// Kinds are those that have it; none when the subresource is not known at all.
	Kinds []string
}

func (e *UnsupportedError) Error() string {
	if len(e.Kinds) == 0 {
		return fmt.Sprintf("%s: there is no subresource %q here: use one of ephemeralcontainers, scale, status", e.Kind, e.Subresource)
	}
	return fmt.Sprintf("%s have no subresource %s: only %s have it", e.Kind, e.Subresource, strings.Join(e.Kinds, ", "))
}
