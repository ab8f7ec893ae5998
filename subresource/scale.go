package subresource

import "github.com/kx-k8s/kx/resources"

// Scale returns the scale subresource: the current and the desired number of replicas
// (autoscaling/v1 Scale,
// https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/).
func Scale[T any, P interface {
	*T
	resources.HasScale
}](api *resources.API[T]) resources.Endpoint[resources.Scale] {
	return resources.Sub[resources.Scale](api, "scale")
}
