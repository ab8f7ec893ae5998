package subresource

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const resizeName = "resize"

// ResizeEndpoint changes the resources of the containers of running pods of type T (KEP-1287,
// https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/).
//
// Writes store nothing but cpu and memory in spec.containers[*].resources and in those of sidecars.
// The pod's QoS class may not change, and no request or limit may be removed. The kubelet carries
// the change out later: status.containerStatuses[*].resources shows it, and the conditions
// PodResizePending and PodResizeInProgress say what is left to do.
type ResizeEndpoint[T any] struct {
	sub resources.Endpoint[T]
}

// Resize returns the resize subresource. With an API server older than Kubernetes 1.33, calls fail
// with an error that matches ErrNotServed.
func Resize[T any, P interface {
	*T
	resources.HasResize
}](api *resources.API[T]) *ResizeEndpoint[T] {
	return newResize(api)
}

func newResize[T any](api *resources.API[T]) *ResizeEndpoint[T] {
	return &ResizeEndpoint[T]{resources.Sub[T](api, resizeName)}
}

// Get reads the whole pod through the subresource.
func (e *ResizeEndpoint[T]) Get(ctx context.Context, name string, opts ...GetOption) (*T, error) {
	pod, err := e.sub.Get(ctx, name, opts...)
	return pod, explainResize(err)
}

// Replace stores the resources of the containers of pod.
//
// The server stores nothing else of pod, and does not say so. Replace compares the answer with pod
// and passes the paths that differ to the client's warning handler.
func (e *ResizeEndpoint[T]) Replace(ctx context.Context, name string, pod *T,
	opts ...UpdateOption) (*T, error) {
	if pod == nil {
		return nil, fmt.Errorf("resize pod %s: the pod is nil", name)
	}
	document, err := json.Marshal(pod)
	if err != nil {
		return nil, fmt.Errorf("resize pod %s: the pod cannot be encoded: %w", name, err)
	}
	return e.ReplaceRaw(ctx, name, document, opts...)
}

// ReplaceRaw is Replace with a JSON document, which is sent unchanged.
func (e *ResizeEndpoint[T]) ReplaceRaw(ctx context.Context, name string, document []byte,
	opts ...UpdateOption) (*T, error) {
	pod, err := e.sub.ReplaceRaw(ctx, name, document, opts...)
	if err != nil {
		return nil, explainResize(err)
	}
	if stored, err := json.Marshal(pod); err == nil {
		warnDropped(e.sub.Client(), name, ofResize, document, stored)
	}
	return pod, nil
}

// Patch changes the resources of containers. A strategic patch names the container and the changed
// resources alone. A merge patch needs the whole list of containers.
func (e *ResizeEndpoint[T]) Patch(ctx context.Context, name string, p resources.Patch,
	opts ...PatchOption) (*T, error) {
	pod, err := e.sub.Patch(ctx, name, p, opts...)
	return pod, explainResize(err)
}

// explainResize adds advice to the refusal of a server without the subresource.
func explainResize(err error) error {
	var status *transport.StatusError
	if errors.As(err, &status) && notServed(status) {
		return notServedError(err, resizeName, "1.33 or later")
	}
	return err
}
