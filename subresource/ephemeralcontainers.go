package subresource

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

const ephemeralContainersName = "ephemeralcontainers"

// EphemeralContainersEndpoint reads and writes the ephemeral containers of pods of type T. They can
// be added, but neither changed nor removed
// (https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/).
//
// An ephemeral container has no labels. Writes store nothing but spec.ephemeralContainers: the
// server drops changes of the pod's metadata.
type EphemeralContainersEndpoint[T any] struct {
	sub resources.Endpoint[T]
	raw rawEndpoints
}

// EphemeralContainers returns the ephemeralcontainers subresource. With an API server older than
// Kubernetes 1.23, calls fail with an error that matches ErrNotServed.
func EphemeralContainers[T any, P interface {
	*T
	resources.HasEphemeralContainers
}](api *resources.API[T]) *EphemeralContainersEndpoint[T] {
	return newEphemeralContainers(api)
}

func newEphemeralContainers[T any](api *resources.API[T]) *EphemeralContainersEndpoint[T] {
	return &EphemeralContainersEndpoint[T]{
		sub: resources.Sub[T](api, ephemeralContainersName),
		raw: rawEndpoints{
			pods:       resources.Raw(api),
			containers: resources.Sub[jsontext.Value](api, ephemeralContainersName),
		},
	}
}

// Get reads the whole pod through the subresource. A Role may allow this without allowing a GET of
// the pod.
func (e *EphemeralContainersEndpoint[T]) Get(ctx context.Context, name string,
	opts ...GetOption) (*T, error) {
	pod, err := e.sub.Get(ctx, name, opts...)
	return pod, explainRefusal(err, nil)
}

// Replace stores the ephemeral containers of pod. pod must contain the existing ephemeral
// containers unchanged.
//
// The server stores nothing else of pod, and does not say so. Replace compares the answer with pod
// and passes the paths that differ to the client's warning handler.
func (e *EphemeralContainersEndpoint[T]) Replace(ctx context.Context, name string, pod *T,
	opts ...UpdateOption) (*T, error) {
	if pod == nil {
		return nil, fmt.Errorf("replace the ephemeral containers of pod %s: the pod is nil", name)
	}
	document, err := e.sub.Encode(name, pod)
	if err != nil {
		return nil, err
	}
	return e.ReplaceRaw(ctx, name, document, opts...)
}

// ReplaceRaw is Replace with a JSON document, which is sent unchanged.
func (e *EphemeralContainersEndpoint[T]) ReplaceRaw(ctx context.Context, name string,
	document []byte, opts ...UpdateOption) (*T, error) {
	pod, err := e.sub.ReplaceRaw(ctx, name, document, opts...)
	if err != nil {
		return nil, explainRefusal(err, nil)
	}
	if stored, err := json.Marshal(pod); err == nil {
		warnDropped(e.sub.Client(), name, ofEphemeralContainers, document, stored)
	}
	return pod, nil
}

// Patch sends p unchanged. Whether the server accepts it depends on the kind of patch:
//
//	merge       while the pod has no ephemeral container, or with all existing ones in the patch
//	JSON Patch  adding at "/spec/ephemeralContainers/-", while the pod has one or more
//	strategic   in both cases
//	apply       with all containers that the same field manager applied before
//
// An error that comes from the kind of patch says which one to use. Add always sends the right one.
func (e *EphemeralContainersEndpoint[T]) Patch(ctx context.Context, name string, p resources.Patch,
	opts ...PatchOption) (*T, error) {
	pod, err := e.sub.Patch(ctx, name, p, opts...)
	return pod, explainRefusal(err, p)
}
