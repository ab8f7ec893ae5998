package resources

import "github.com/go-json-experiment/json/jsontext"

// PartialObjectMetadata is an object of any kind, reduced to its metadata (meta.k8s.io/v1).
type PartialObjectMetadata struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}
