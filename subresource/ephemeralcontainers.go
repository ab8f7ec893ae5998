package subresource

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

const ephemeralContainers = "ephemeralcontainers"

// EphemeralContainersEndpoint reads and writes the ephemeral containers of pods, which can be added but neither changed nor removed
// (https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/). T is the type that pods come as.
type EphemeralContainersEndpoint[T any] struct {
	sub       resources.Endpoint[T]
	documents podDocuments
}

// EphemeralContainers gives the ephemeralcontainers subresource. It needs Kubernetes 1.23 or later;
// an older server's answer is an error that matches ErrNotServed.
func EphemeralContainers[T any, P interface {
	*T
	resources.HasEphemeralContainers
}](api *resources.API[T]) *EphemeralContainersEndpoint[T] {
	return newEphemeralContainers(api)
}

func newEphemeralContainers[T any](api *resources.API[T]) *EphemeralContainersEndpoint[T] {
	return &EphemeralContainersEndpoint[T]{
		sub: resources.Sub[T](api, ephemeralContainers),
		documents: podDocuments{
			pods:                resources.Raw(api),
			ephemeralContainers: resources.Sub[jsontext.Value](api, ephemeralContainers),
		},
	}
}

// Get reads the whole pod by way of the subresource, which a user may be allowed to read without the pod itself.
func (e *EphemeralContainersEndpoint[T]) Get(ctx context.Context, name string, opts ...GetOption) (*T, error) {
	pod, err := e.sub.Get(ctx, name, opts...)
	return pod, explain(err, nil)
}

// Replace stores the ephemeral containers of pod, which must hold those that are there already, unchanged.
// The server takes nothing else from pod and does not say so: what differs elsewhere from the stored pod goes,
// by its paths, to the client's warning handler.
func (e *EphemeralContainersEndpoint[T]) Replace(ctx context.Context, name string, pod *T, opts ...UpdateOption) (*T, error) {
	if pod == nil {
		return nil, errors.New("replace the ephemeral containers of pod " + strconv.Quote(name) + ": the pod is nil")
	}
	document, err := json.Marshal(pod)
	if err != nil {
		return nil, fmt.Errorf("replace the ephemeral containers of pod %q: the pod cannot be encoded: %w", name, err)
	}
	return e.ReplaceRaw(ctx, name, document, opts...)
}

// ReplaceRaw is Replace with a JSON document that is sent as it is.
func (e *EphemeralContainersEndpoint[T]) ReplaceRaw(ctx context.Context, name string, document []byte, opts ...UpdateOption) (*T, error) {
	pod, err := e.sub.ReplaceRaw(ctx, name, document, opts...)
	if err != nil {
		return nil, explain(err, nil)
	}
	if stored, err := json.Marshal(pod); err == nil {
		warnDropped(e.sub.Client(), name, document, stored)
	}
	return pod, nil
}

// Patch sends p as it is. Where the server refuses it for a reason that lies in the kind of patch, the error says what to use:
// merge works while the pod has no ephemeral container, a JSON Patch that adds at "/spec/ephemeralContainers/-" while it has some,
// strategic in both cases. Add does what fits.
func (e *EphemeralContainersEndpoint[T]) Patch(ctx context.Context, name string, p resources.Patch, opts ...PatchOption) (*T, error) {
	pod, err := e.sub.Patch(ctx, name, p, opts...)
	return pod, explain(err, p)
}
