package resources

import "github.com/go-json-experiment/json/jsontext"

// ConfigMap holds configuration that is not secret. A key is in Data or in BinaryData, not in
// both.
type ConfigMap struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// Immutable makes the server refuse changes of the data.
	Immutable *bool             `json:"immutable,omitzero"`
	Data      map[string]string `json:"data,omitzero"`
	// BinaryData is for values that are not UTF-8. In JSON they are base64.
	BinaryData map[string][]byte `json:"binaryData,omitzero"`
	Unknown    jsontext.Value    `json:",embed"`
}

// APIKind returns the kind of a ConfigMap.
func (*ConfigMap) APIKind() Kind {
	return Kind{Version: "v1", Kind: "ConfigMap", Resource: "configmaps", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *ConfigMap) Meta() *ObjectMeta { return &x.Metadata }
