package resources

import "github.com/go-json-experiment/json/jsontext"

// ServiceAccount is an identity for the processes in pods.
type ServiceAccount struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// Secrets are the Secrets that the account's pods may mount.
	Secrets                      []ObjectReference      `json:"secrets,omitzero"`
	ImagePullSecrets             []LocalObjectReference `json:"imagePullSecrets,omitzero"`
	AutomountServiceAccountToken *bool                  `json:"automountServiceAccountToken,omitzero"`
	Unknown                      jsontext.Value         `json:",embed"`
}

// APIKind returns the kind of a ServiceAccount.
func (*ServiceAccount) APIKind() Kind {
	return Kind{Version: "v1", Kind: "ServiceAccount", Resource: "serviceaccounts",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *ServiceAccount) Meta() *ObjectMeta { return &x.Metadata }
