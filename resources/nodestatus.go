package resources

import "github.com/go-json-experiment/json/jsontext"

// NodeStatus is the current state of a node.
type NodeStatus struct {
	Capacity map[string]Quantity `json:"capacity,omitzero"`
	// Allocatable is the part of Capacity that pods may use.
	Allocatable map[string]Quantity `json:"allocatable,omitzero"`
	// Phase is deprecated and no longer set.
	Phase           string              `json:"phase,omitzero"`
	Conditions      []NodeCondition     `json:"conditions,omitzero"`
	Addresses       []NodeAddress       `json:"addresses,omitzero"`
	DaemonEndpoints NodeDaemonEndpoints `json:"daemonEndpoints,omitzero"`
	NodeInfo        NodeSystemInfo      `json:"nodeInfo,omitzero"`
	// Images are images on the node. The kubelet lists at most 50, the largest first.
	Images           []ContainerImage     `json:"images,omitzero"`
	VolumesInUse     []string             `json:"volumesInUse,omitzero"`
	VolumesAttached  []AttachedVolume     `json:"volumesAttached,omitzero"`
	Config           *NodeConfigStatus    `json:"config,omitzero"`
	RuntimeHandlers  []NodeRuntimeHandler `json:"runtimeHandlers,omitzero"`
	Features         *NodeFeatures        `json:"features,omitzero"`
	DeclaredFeatures []string             `json:"declaredFeatures,omitzero"`
	Unknown          jsontext.Value       `json:",embed"`
}

// NodeCondition is a condition of a node, such as "Ready".
type NodeCondition struct {
	Type string `json:"type"`
	// Status is "True", "False" or "Unknown".
	Status             string         `json:"status"`
	LastHeartbeatTime  Time           `json:"lastHeartbeatTime,omitzero"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// NodeAddress is an address or a name of a node.
type NodeAddress struct {
	// Type is, for example, "InternalIP" or "Hostname".
	Type    string         `json:"type"`
	Address string         `json:"address"`
	Unknown jsontext.Value `json:",embed"`
}

// NodeDaemonEndpoints are the ports of the node's own servers.
type NodeDaemonEndpoints struct {
	KubeletEndpoint DaemonEndpoint `json:"kubeletEndpoint,omitzero"`
	Unknown         jsontext.Value `json:",embed"`
}

// DaemonEndpoint is one port of the node.
type DaemonEndpoint struct {
	Port    int32          `json:"Port"`
	Unknown jsontext.Value `json:",embed"`
}

// NodeSystemInfo is the identity and the versions of a node's software.
type NodeSystemInfo struct {
	MachineID               string          `json:"machineID"`
	SystemUUID              string          `json:"systemUUID"`
	BootID                  string          `json:"bootID"`
	KernelVersion           string          `json:"kernelVersion"`
	OSImage                 string          `json:"osImage"`
	ContainerRuntimeVersion string          `json:"containerRuntimeVersion"`
	KubeletVersion          string          `json:"kubeletVersion"`
	KubeProxyVersion        string          `json:"kubeProxyVersion"`
	OperatingSystem         string          `json:"operatingSystem"`
	Architecture            string          `json:"architecture"`
	Swap                    *NodeSwapStatus `json:"swap,omitzero"`
	Unknown                 jsontext.Value  `json:",embed"`
}

// NodeSwapStatus is the node's swap space.
type NodeSwapStatus struct {
	// Capacity is in bytes.
	Capacity *int64         `json:"capacity,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// ContainerImage is an image on a node.
type ContainerImage struct {
	// Names are at most five names of the image, tags and digests.
	Names     []string       `json:"names,omitzero"`
	SizeBytes int64          `json:"sizeBytes,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// AttachedVolume is a volume that is attached to a node.
type AttachedVolume struct {
	Name       string         `json:"name"`
	DevicePath string         `json:"devicePath"`
	Unknown    jsontext.Value `json:",embed"`
}

// NodeConfigStatus is the progress of dynamic configuration on a node before 1.24.
type NodeConfigStatus struct {
	Assigned      *NodeConfigSource `json:"assigned,omitzero"`
	Active        *NodeConfigSource `json:"active,omitzero"`
	LastKnownGood *NodeConfigSource `json:"lastKnownGood,omitzero"`
	Error         string            `json:"error,omitzero"`
	Unknown       jsontext.Value    `json:",embed"`
}

// NodeRuntimeHandler is a handler of the container runtime, which a RuntimeClass names.
type NodeRuntimeHandler struct {
	Name     string                      `json:"name"`
	Features *NodeRuntimeHandlerFeatures `json:"features,omitzero"`
	Unknown  jsontext.Value              `json:",embed"`
}

// NodeRuntimeHandlerFeatures are the features of a runtime handler.
type NodeRuntimeHandlerFeatures struct {
	RecursiveReadOnlyMounts *bool          `json:"recursiveReadOnlyMounts,omitzero"`
	UserNamespaces          *bool          `json:"userNamespaces,omitzero"`
	Unknown                 jsontext.Value `json:",embed"`
}

// NodeFeatures are the features of the container runtime.
type NodeFeatures struct {
	SupplementalGroupsPolicy *bool          `json:"supplementalGroupsPolicy,omitzero"`
	Unknown                  jsontext.Value `json:",embed"`
}
