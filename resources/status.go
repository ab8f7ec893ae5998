package resources

import "github.com/kx-k8s/kx/transport"

// Types of package transport, which decodes them too.
type (
	// Status is the API's answer for a failure, and for some successes.
	Status = transport.Status
	// StatusDetails names the object and the causes of a Status.
	StatusDetails = transport.StatusDetails
	// StatusCause is one of the causes of a Status.
	StatusCause = transport.StatusCause
	// ListMeta is the metadata of a list and of a Status.
	ListMeta = transport.ListMeta
)
