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

// NamespaceSpec lists the controllers that must act before the namespace is deleted.
type NamespaceSpec struct {
	Finalizers []string       `json:"finalizers,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// NamespaceStatus is the current state of a namespace.
type NamespaceStatus struct {
	// Phase is "Active" or "Terminating".
	Phase      string               `json:"phase,omitzero"`
	Conditions []NamespaceCondition `json:"conditions,omitzero"`
	Unknown    jsontext.Value       `json:",embed"`
}

// NamespaceCondition is a condition of a namespace, such as a reason why its deletion is stuck.
type NamespaceCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Namespace.
func (*Namespace) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Namespace", Resource: "namespaces"}
}

// Meta returns the metadata of x, to read or change.
func (x *Namespace) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus marks that the kind has the status subresource.
func (*Namespace) HasStatus() {}
