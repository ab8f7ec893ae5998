package resources

import "github.com/go-json-experiment/json/jsontext"

// Namespace is a scope for the names of objects.
type Namespace struct {
	Kind       string          `json:"kind,omitzero"`
	APIVersion string          `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta      `json:"metadata,omitzero"`
	Spec       NamespaceSpec   `json:"spec,omitzero"`
	Status     NamespaceStatus `json:"status,omitzero"`
	Unknown    jsontext.Value  `json:",embed"`
}

// NamespaceSpec is who must yet do something before the namespace can go.
type NamespaceSpec struct {
	Finalizers []string       `json:"finalizers,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// NamespaceStatus is what a namespace is at the moment.
type NamespaceStatus struct {
	// Phase is "Active" or "Terminating".
	Phase      string               `json:"phase,omitzero"`
	Conditions []NamespaceCondition `json:"conditions,omitzero"`
	Unknown    jsontext.Value       `json:",embed"`
}

// NamespaceCondition is a condition of a namespace, such as why its deletion does not end.
type NamespaceCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// APIKind gives the kind of a Namespace.
func (*Namespace) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Namespace", Resource: "namespaces"}
}

// Meta gives the metadata of x to read or change.
func (x *Namespace) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus says that the kind has the status subresource.
func (*Namespace) HasStatus() {}
