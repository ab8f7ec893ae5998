package resources

import "github.com/go-json-experiment/json/jsontext"

// Secret holds credentials and other secret bytes.
type Secret struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// Immutable makes the server refuse changes of the data.
	Immutable *bool `json:"immutable,omitzero"`
	// Data are the decoded bytes. In JSON they are base64.
	Data map[string][]byte `json:"data,omitzero"`
	// StringData is for writes: the server merges it into Data, and never returns it.
	StringData map[string]string `json:"stringData,omitzero"`
	// Type is such as "Opaque", the default, or "kubernetes.io/tls". It cannot be changed.
	Type    string         `json:"type,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Secret.
func (*Secret) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Secret", Resource: "secrets", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *Secret) Meta() *ObjectMeta { return &x.Metadata }
