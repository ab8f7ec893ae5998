package resources

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// PodOutline is a pod of which the containers and their states are typed, by the names that they have in Pod; all else is in Unknown, as it came.
// A program that uses it in place of Pod links six types of it where those of Pod are a hundred, some 180 KB.
type PodOutline struct {
	Kind       string           `json:"kind,omitzero"`
	APIVersion string           `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta       `json:"metadata,omitzero"`
	Spec       PodOutlineSpec   `json:"spec,omitzero"`
	Status     PodOutlineStatus `json:"status,omitzero"`
	Unknown    jsontext.Value   `json:",embed"`
}

// PodOutlineSpec is what a PodOutline tells of the pod's spec.
type PodOutlineSpec struct {
	InitContainers      []ContainerOutline `json:"initContainers,omitzero"`
	Containers          []ContainerOutline `json:"containers,omitzero"`
	EphemeralContainers []ContainerOutline `json:"ephemeralContainers,omitzero"`
	// RestartPolicy is "Always", "OnFailure" or "Never".
	RestartPolicy string         `json:"restartPolicy,omitzero"`
	Unknown       jsontext.Value `json:",embed"`
}

// ContainerOutline is a container of a PodOutline, of whichever kind.
type ContainerOutline struct {
	Name  string `json:"name"`
	Image string `json:"image,omitzero"`
	// RestartPolicy is the container's own: "Always" makes an init container one that stays.
	RestartPolicy *string `json:"restartPolicy,omitzero"`
	Stdin         bool    `json:"stdin,omitzero"`
	StdinOnce     bool    `json:"stdinOnce,omitzero"`
	TTY           bool    `json:"tty,omitzero"`
	// TargetContainerName is the container whose processes an ephemeral container sees.
	TargetContainerName string         `json:"targetContainerName,omitzero"`
	Unknown             jsontext.Value `json:",embed"`
}

// PodOutlineStatus is what a PodOutline tells of the pod's status.
type PodOutlineStatus struct {
	// Phase is "Pending", "Running", "Succeeded", "Failed" or "Unknown".
	Phase                      string                   `json:"phase,omitzero"`
	InitContainerStatuses      []ContainerStatusOutline `json:"initContainerStatuses,omitzero"`
	ContainerStatuses          []ContainerStatusOutline `json:"containerStatuses,omitzero"`
	EphemeralContainerStatuses []ContainerStatusOutline `json:"ephemeralContainerStatuses,omitzero"`
	Unknown                    jsontext.Value           `json:",embed"`
}

// Ready tells whether all of the pod's containers are ready, as its condition of that name says.
func (s *PodOutlineStatus) Ready() bool {
	var status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
	}
	if json.Unmarshal(s.Unknown, &status) != nil {
		return false // there is none
	}
	for _, condition := range status.Conditions {
		if condition.Type == "Ready" {
			return condition.Status == "True"
		}
	}
	return false
}

// ContainerStatusOutline is what a container of a PodOutline is at the moment, of whichever kind.
type ContainerStatusOutline struct {
	Name                 string         `json:"name"`
	State                ContainerState `json:"state,omitzero"`
	LastTerminationState ContainerState `json:"lastState,omitzero"`
	// ContainerID is TYPE://ID, empty until the container was made.
	ContainerID string         `json:"containerID,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// APIKind gives the kind of a Pod.
func (*PodOutline) APIKind() Kind { return (*Pod).APIKind(nil) }

// Meta gives the metadata of x to read or change.
func (x *PodOutline) Meta() *ObjectMeta { return &x.Metadata }

// HasEphemeralContainers says that the kind has the ephemeralcontainers subresource.
func (*PodOutline) HasEphemeralContainers() {}

// HasStatus says that the kind has the status subresource.
func (*PodOutline) HasStatus() {}

// HasExec says that the kind has the exec subresource.
func (*PodOutline) HasExec() {}

// HasAttach says that the kind has the attach subresource.
func (*PodOutline) HasAttach() {}

// HasLog says that the kind has the log subresource.
func (*PodOutline) HasLog() {}

// HasPortForward says that the kind has the portforward subresource.
func (*PodOutline) HasPortForward() {}
