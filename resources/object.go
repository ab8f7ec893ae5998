package resources

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is an object of any kind: its metadata, and all the rest in Unknown.
type Object struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// Unknown holds the members other than those three as one JSON object: spec, status, data.
	Unknown jsontext.Value `json:",embed"`
}

// Meta gives the metadata to read or change.
func (o *Object) Meta() *ObjectMeta { return &o.Metadata }

// Decode reads the object into a model of its kind, such as a *Pod, or into a struct with as much of it as is asked for.
func (o *Object) Decode(into any) error {
	document, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, into)
}
