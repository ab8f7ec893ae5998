package transport

import "github.com/go-json-experiment/json/jsontext"

// Status is the API's answer to a request that failed, and to some that succeeded (meta/v1 Status).
type Status struct {
	Kind       string   `json:"kind,omitzero"`
	APIVersion string   `json:"apiVersion,omitzero"`
	Metadata   ListMeta `json:"metadata,omitzero"`
	// Status is "Success" or "Failure".
	Status string `json:"status,omitzero"`
	// Message is for people, and Reason, such as "NotFound", for programs.
	Message string         `json:"message,omitzero"`
	Reason  string         `json:"reason,omitzero"`
	Details *StatusDetails `json:"details,omitzero"`
	// Code is the suggested HTTP status code, 0 if unset.
	Code    int32          `json:"code,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// StatusDetails describes the object and the causes of a Status.
type StatusDetails struct {
	Name   string        `json:"name,omitzero"`
	Group  string        `json:"group,omitzero"`
	Kind   string        `json:"kind,omitzero"`
	UID    string        `json:"uid,omitzero"`
	Causes []StatusCause `json:"causes,omitzero"`
	// RetryAfterSeconds is how long to wait before the request is sent again.
	RetryAfterSeconds int32          `json:"retryAfterSeconds,omitzero"`
	Unknown           jsontext.Value `json:",embed"`
}

// StatusCause is one cause of a Status, such as an invalid field.
type StatusCause struct {
	Reason  string         `json:"reason,omitzero"`
	Message string         `json:"message,omitzero"`
	Field   string         `json:"field,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// ListMeta is the metadata of a list and of a Status.
type ListMeta struct {
	SelfLink        string `json:"selfLink,omitzero"`
	ResourceVersion string `json:"resourceVersion,omitzero"`
	// Continue is the token for the next page, empty on the last page.
	Continue string `json:"continue,omitzero"`
	// RemainingItemCount is how many items follow this page, if the server knows.
	RemainingItemCount *int64         `json:"remainingItemCount,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}
