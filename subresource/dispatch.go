package subresource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// DynamicEndpoint is a subresource that Dispatch returns. Its objects are of type resources.Object.
type DynamicEndpoint interface {
	Get(ctx context.Context, name string, opts ...GetOption) (*resources.Object, error)
	Replace(ctx context.Context, name string, object *resources.Object,
		opts ...UpdateOption) (*resources.Object, error)
	ReplaceRaw(ctx context.Context, name string, document []byte,
		opts ...UpdateOption) (*resources.Object, error)
	Patch(ctx context.Context, name string, p resources.Patch,
		opts ...PatchOption) (*resources.Object, error)
}

// Dispatch returns the subresource called name of the API's kind. It fails with an
// *UnsupportedError if the kind has no such subresource.
//
// For a kind without a model, such as a custom resource, Dispatch cannot know what the server
// serves. It then accepts status and scale, and leaves the refusal to the server.
func Dispatch(api *resources.API[resources.Object], name string) (DynamicEndpoint, error) {
	kinds, known := served[name]
	kind := api.Kind().String()
	switch {
	case !known, !slices.Contains(kinds, kind) &&
		(hasModel(kind) || name == ephemeralContainersName || name == resizeName):
		return nil, &UnsupportedError{Kind: kind, Subresource: name, Kinds: slices.Clone(kinds)}
	case name == ephemeralContainersName:
		return newEphemeralContainers(api), nil
	case name == resizeName:
		return newResize(api), nil
	}
	return resources.Sub[resources.Object](api, name), nil
}

// served lists, for each subresource, the kinds with a model that serve it by GET, PUT and PATCH.
var served = map[string][]string{
	ephemeralContainersName: {"pods"},
	resizeName:              {"pods"},
	"scale":                 {"deployments.apps", "replicasets.apps", "statefulsets.apps"},
	"status": {"cronjobs.batch", "daemonsets.apps", "deployments.apps", "jobs.batch", "namespaces",
		"nodes", "persistentvolumeclaims", "pods", "replicasets.apps", "services",
		"statefulsets.apps"},
}

// hasModel reports whether the kind has a model. For such a kind, served is complete.
func hasModel(kind string) bool {
	_, ok := resources.Lookup(kind)
	return ok
}

// UnsupportedError reports that a kind has no such subresource. Nothing was sent.
type UnsupportedError struct {
	// Kind is the plural name with its group, such as "deployments.apps".
	Kind, Subresource string
	// Kinds are the kinds that have the subresource. It is empty if the subresource is unknown.
	Kinds []string
}

func (e *UnsupportedError) Error() string {
	if len(e.Kinds) == 0 {
		return fmt.Sprintf(
			"%s: there is no subresource %q here: use one of ephemeralcontainers, resize, scale, "+
				"status", e.Kind, e.Subresource)
	}
	return fmt.Sprintf("%s have no subresource %s: only %s have it", e.Kind, e.Subresource,
		strings.Join(e.Kinds, ", "))
}
