package resources

import "github.com/go-json-experiment/json/jsontext"

// Node is a machine that runs pods.
type Node struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Spec       NodeSpec       `json:"spec,omitzero"`
	Status     NodeStatus     `json:"status,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// NodeSpec is the desired state of a node.
type NodeSpec struct {
	PodCIDR  string   `json:"podCIDR,omitzero"`
	PodCIDRs []string `json:"podCIDRs,omitzero"`
	// ProviderID is the cloud's identifier of the machine.
	ProviderID string `json:"providerID,omitzero"`
	// Unschedulable is true for a cordoned node.
	Unschedulable bool    `json:"unschedulable,omitzero"`
	Taints        []Taint `json:"taints,omitzero"`
	// ConfigSource is deprecated: dynamic kubelet configuration is gone since 1.24.
	ConfigSource *NodeConfigSource `json:"configSource,omitzero"`
	// DoNotUseExternalID is deprecated: some kubelets before 1.13 set it.
	DoNotUseExternalID string         `json:"externalID,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// Taint keeps pods that do not tolerate it off a node.
type Taint struct {
	Key   string `json:"key"`
	Value string `json:"value,omitzero"`
	// Effect is "NoSchedule", "PreferNoSchedule" or "NoExecute".
	Effect    string         `json:"effect"`
	TimeAdded *Time          `json:"timeAdded,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// NodeConfigSource is where a node's configuration came from before 1.24.
type NodeConfigSource struct {
	ConfigMap *ConfigMapNodeConfigSource `json:"configMap,omitzero"`
	Unknown   jsontext.Value             `json:",embed"`
}

// ConfigMapNodeConfigSource names the ConfigMap of a NodeConfigSource.
type ConfigMapNodeConfigSource struct {
	Namespace        string         `json:"namespace"`
	Name             string         `json:"name"`
	UID              string         `json:"uid,omitzero"`
	ResourceVersion  string         `json:"resourceVersion,omitzero"`
	KubeletConfigKey string         `json:"kubeletConfigKey"`
	Unknown          jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Node.
func (*Node) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Node", Resource: "nodes"}
}

// Meta returns the metadata of x, to read or change.
func (x *Node) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus marks that the kind has the status subresource.
func (*Node) HasStatus() {}
