package resources

import "github.com/go-json-experiment/json/jsontext"

// Scale is the object of the scale subresource (autoscaling/v1).
type Scale struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Spec       ScaleSpec      `json:"spec,omitzero"`
	Status     ScaleStatus    `json:"status,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// ScaleSpec is the desired number of pods.
type ScaleSpec struct {
	Replicas int32          `json:"replicas,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// ScaleStatus is the current number of pods.
type ScaleStatus struct {
	Replicas int32 `json:"replicas"`
	// Selector is the pods' label selector in the form of ListOptions.
	Selector string         `json:"selector,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}
