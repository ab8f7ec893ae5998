package resources

import "github.com/go-json-experiment/json/jsontext"

// Object is an object of any kind: its metadata, and all the rest in Unknown.
type Object struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// Unknown holds the members other than those three as one JSON object: spec, status, data.
	Unknown jsontext.Value `json:",embed"`
}
