package resources

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is an object of any kind: its metadata, and everything else in Unknown.
type Object struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// Unknown holds all other members, such as spec, status and data, as one JSON object.
	Unknown jsontext.Value `json:",embed"`
}

// Meta returns the metadata, to read or change.
func (o *Object) Meta() *ObjectMeta { return &o.Metadata }

// Decode decodes the object into a model of its kind, such as a *Pod, or into a struct with the
// needed members.
func (o *Object) Decode(into any) error {
	document, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, into)
}
