package resources

import "github.com/go-json-experiment/json/jsontext"

// Scale is what the scale subresource reads and writes (autoscaling/v1).
type Scale struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Spec       ScaleSpec      `json:"spec,omitzero"`
	Status     ScaleStatus    `json:"status,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// ScaleSpec is how many pods are wanted.
type ScaleSpec struct {
	Replicas int32          `json:"replicas,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// ScaleStatus is how many pods there are.
type ScaleStatus struct {
	Replicas int32 `json:"replicas"`
	// Selector is the pods' label selector as a list's query takes it.
	Selector string         `json:"selector,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}
