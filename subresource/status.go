package subresource

import "github.com/kx-k8s/kx/resources"

// Status gives the status subresource: the whole object, of which a write changes the status alone.
func Status[T any, P interface {
	*T
	resources.HasStatus
}](api *resources.API[T]) resources.Endpoint[T] {
	return resources.Sub[T](api, "status")
}
