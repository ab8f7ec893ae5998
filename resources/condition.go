package resources

import "github.com/go-json-experiment/json/jsontext"

// Condition is one aspect of an object's current state (meta/v1 Condition).
type Condition struct {
	Type string `json:"type"`
	// Status is "True", "False" or "Unknown".
	Status             string `json:"status"`
	ObservedGeneration int64  `json:"observedGeneration,omitzero"`
	LastTransitionTime Time   `json:"lastTransitionTime,omitzero"`
	// Reason is for programs; Message is for people.
	Reason  string         `json:"reason"`
	Message string         `json:"message"`
	Unknown jsontext.Value `json:",embed"`
}
