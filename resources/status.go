package resources

import "github.com/kx-k8s/kx/transport"

// The API's answers and the metadata of lists, which transport reads too.
type (
	// Status is the API's answer for a failure, and for some successes.
	Status = transport.Status
	// StatusDetails says more about the object and the causes of a Status.
	StatusDetails = transport.StatusDetails
	// StatusCause is one of the reasons of a Status.
	StatusCause = transport.StatusCause
	// ListMeta is the metadata of a list and of a Status.
	ListMeta = transport.ListMeta
)
