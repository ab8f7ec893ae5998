package subresource

import "github.com/kx-k8s/kx/resources"

// Status returns the status subresource. It exchanges the whole object; a write changes only the
// status.
func Status[T any, P interface {
	*T
	resources.HasStatus
}](api *resources.API[T]) resources.Endpoint[T] {
	return resources.Sub[T](api, "status")
}
