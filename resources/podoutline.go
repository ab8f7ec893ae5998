package resources

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// PodOutline is a pod with typed containers and container states, named as in Pod. Everything else
// is in Unknown, unchanged.
//
// A program that uses PodOutline in place of Pod links six types instead of about a hundred: 180 KB
// less.
type PodOutline struct {
	Kind       string           `json:"kind,omitzero"`
	APIVersion string           `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta       `json:"metadata,omitzero"`
	Spec       PodOutlineSpec   `json:"spec,omitzero"`
	Status     PodOutlineStatus `json:"status,omitzero"`
	Unknown    jsontext.Value   `json:",embed"`
}

// PodOutlineSpec is the typed part of the pod's spec.
type PodOutlineSpec struct {
	InitContainers      []ContainerOutline `json:"initContainers,omitzero"`
	Containers          []ContainerOutline `json:"containers,omitzero"`
	EphemeralContainers []ContainerOutline `json:"ephemeralContainers,omitzero"`
	// NodeName is empty until the pod is scheduled.
	NodeName string `json:"nodeName,omitzero"`
	// RestartPolicy is "Always", "OnFailure" or "Never".
	RestartPolicy string `json:"restartPolicy,omitzero"`
	// RuntimeClassName is nil if the node's default runtime runs the containers.
	RuntimeClassName *string        `json:"runtimeClassName,omitzero"`
	Unknown          jsontext.Value `json:",embed"`
}

// ContainerOutline is a container of any kind.
type ContainerOutline struct {
	Name  string `json:"name"`
	Image string `json:"image,omitzero"`
	// RestartPolicy is the container's own. "Always" makes an init container a sidecar.
	RestartPolicy *string `json:"restartPolicy,omitzero"`
	Stdin         bool    `json:"stdin,omitzero"`
	StdinOnce     bool    `json:"stdinOnce,omitzero"`
	TTY           bool    `json:"tty,omitzero"`
	// TargetContainerName is the container whose processes an ephemeral container sees.
	TargetContainerName string         `json:"targetContainerName,omitzero"`
	Unknown             jsontext.Value `json:",embed"`
}

// PodOutlineStatus is the typed part of the pod's status.
type PodOutlineStatus struct {
	// Phase is "Pending", "Running", "Succeeded", "Failed" or "Unknown".
	Phase                      string                   `json:"phase,omitzero"`
	InitContainerStatuses      []ContainerStatusOutline `json:"initContainerStatuses,omitzero"`
	ContainerStatuses          []ContainerStatusOutline `json:"containerStatuses,omitzero"`
	EphemeralContainerStatuses []ContainerStatusOutline `json:"ephemeralContainerStatuses,omitzero"`
	Unknown                    jsontext.Value           `json:",embed"`
}

// Ready reports whether the pod's condition Ready is True.
func (s *PodOutlineStatus) Ready() bool {
	var status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	}
	if json.Unmarshal(s.Unknown, &status) != nil {
		return false // there are no conditions
	}
	for _, condition := range status.Conditions {
		if condition.Type == "Ready" {
			return condition.Status == "True"
		}
	}
	return false
}

// ContainerStatusOutline is the current state of a container of any kind.
type ContainerStatusOutline struct {
	Name                 string         `json:"name"`
	State                ContainerState `json:"state,omitzero"`
	LastTerminationState ContainerState `json:"lastState,omitzero"`
	// ContainerID is TYPE://ID. It is empty until the runtime has created the container.
	ContainerID string         `json:"containerID,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Pod.
func (*PodOutline) APIKind() Kind { return (*Pod).APIKind(nil) }

// Meta returns the metadata of x, to read or change.
func (x *PodOutline) Meta() *ObjectMeta { return &x.Metadata }

// HasEphemeralContainers marks that the kind has the ephemeralcontainers subresource.
func (*PodOutline) HasEphemeralContainers() {}

// HasStatus marks that the kind has the status subresource.
func (*PodOutline) HasStatus() {}

// HasExec marks that the kind has the exec subresource.
func (*PodOutline) HasExec() {}

// HasAttach marks that the kind has the attach subresource.
func (*PodOutline) HasAttach() {}

// HasLog marks that the kind has the log subresource.
func (*PodOutline) HasLog() {}

// HasPortForward marks that the kind has the portforward subresource.
func (*PodOutline) HasPortForward() {}

// HasResize marks that the kind has the resize subresource.
func (*PodOutline) HasResize() {}

// HasEviction marks that the kind has the eviction subresource.
func (*PodOutline) HasEviction() {}
