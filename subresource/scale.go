package subresource

import "github.com/kx-k8s/kx/resources"

// Scale gives the scale subresource: how many replicas there are and shall be
// (https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/ has the type, autoscaling/v1 Scale).
func Scale[T any, P interface {
	*T
	resources.HasScale
}](api *resources.API[T]) resources.Endpoint[resources.Scale] {
	return resources.Sub[resources.Scale](api, "scale")
}
