package resources

import "github.com/go-json-experiment/json/jsontext"

// PodStatus is the current state of a pod.
type PodStatus struct {
	ObservedGeneration int64 `json:"observedGeneration,omitzero"`
	// Phase is "Pending", "Running", "Succeeded", "Failed" or "Unknown".
	Phase                 string            `json:"phase,omitzero"`
	Conditions            []PodCondition    `json:"conditions,omitzero"`
	Message               string            `json:"message,omitzero"`
	Reason                string            `json:"reason,omitzero"`
	NominatedNodeName     string            `json:"nominatedNodeName,omitzero"`
	HostIP                string            `json:"hostIP,omitzero"`
	HostIPs               []HostIP          `json:"hostIPs,omitzero"`
	PodIP                 string            `json:"podIP,omitzero"`
	PodIPs                []PodIP           `json:"podIPs,omitzero"`
	StartTime             *Time             `json:"startTime,omitzero"`
	InitContainerStatuses []ContainerStatus `json:"initContainerStatuses,omitzero"`
	ContainerStatuses     []ContainerStatus `json:"containerStatuses,omitzero"`
	// QOSClass is "Guaranteed", "Burstable" or "BestEffort".
	QOSClass                   string            `json:"qosClass,omitzero"`
	EphemeralContainerStatuses []ContainerStatus `json:"ephemeralContainerStatuses,omitzero"`
	// Resize is deprecated. The conditions PodResizePending and PodResizeInProgress replace it.
	Resize                      string                          `json:"resize,omitzero"`
	ResourceClaimStatuses       []PodResourceClaimStatus        `json:"resourceClaimStatuses,omitzero"`
	ExtendedResourceClaimStatus *PodExtendedResourceClaimStatus `json:"extendedResourceClaimStatus,omitzero"`
	AllocatedResources          map[string]Quantity             `json:"allocatedResources,omitzero"`
	Resources                   *ResourceRequirements           `json:"resources,omitzero"`
	Unknown                     jsontext.Value                  `json:",embed"`
}

// PodCondition is a condition of a pod, such as "Ready".
type PodCondition struct {
	Type               string `json:"type"`
	ObservedGeneration int64  `json:"observedGeneration,omitzero"`
	// Status is "True", "False" or "Unknown".
	Status             string         `json:"status"`
	LastProbeTime      Time           `json:"lastProbeTime,omitzero"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// HostIP is an address of the pod's node.
type HostIP struct {
	IP      string         `json:"ip"`
	Unknown jsontext.Value `json:",embed"`
}

// PodIP is an address of the pod.
type PodIP struct {
	IP      string         `json:"ip"`
	Unknown jsontext.Value `json:",embed"`
}

// ContainerStatus is the current state of a container of any kind.
type ContainerStatus struct {
	Name  string         `json:"name"`
	State ContainerState `json:"state,omitzero"`
	// LastTerminationState is how the container ended before its last restart.
	LastTerminationState ContainerState `json:"lastState,omitzero"`
	Ready                bool           `json:"ready"`
	RestartCount         int32          `json:"restartCount"`
	Image                string         `json:"image"`
	ImageID              string         `json:"imageID"`
	// ContainerID is TYPE://ID, such as "containerd://" and the runtime's identifier.
	ContainerID string `json:"containerID,omitzero"`
	// Started is true once the startup probe has passed.
	Started                  *bool                 `json:"started,omitzero"`
	AllocatedResources       map[string]Quantity   `json:"allocatedResources,omitzero"`
	Resources                *ResourceRequirements `json:"resources,omitzero"`
	VolumeMounts             []VolumeMountStatus   `json:"volumeMounts,omitzero"`
	User                     *ContainerUser        `json:"user,omitzero"`
	AllocatedResourcesStatus []ResourceStatus      `json:"allocatedResourcesStatus,omitzero"`
	StopSignal               *string               `json:"stopSignal,omitzero"`
	Unknown                  jsontext.Value        `json:",embed"`
}

// ContainerState has one of three states. If none is set, the container waits.
type ContainerState struct {
	Waiting    *ContainerStateWaiting    `json:"waiting,omitzero"`
	Running    *ContainerStateRunning    `json:"running,omitzero"`
	Terminated *ContainerStateTerminated `json:"terminated,omitzero"`
	Unknown    jsontext.Value            `json:",embed"`
}

// ContainerStateWaiting is a container that does not run yet.
type ContainerStateWaiting struct {
	// Reason is for programs, such as "ContainerCreating" or "ImagePullBackOff".
	Reason  string         `json:"reason,omitzero"`
	Message string         `json:"message,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// ContainerStateRunning is a container that runs.
type ContainerStateRunning struct {
	StartedAt Time           `json:"startedAt,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// ContainerStateTerminated is a container that has ended.
type ContainerStateTerminated struct {
	ExitCode int32 `json:"exitCode"`
	Signal   int32 `json:"signal,omitzero"`
	// Reason is for programs, such as "Completed", "Error" or "OOMKilled".
	Reason      string         `json:"reason,omitzero"`
	Message     string         `json:"message,omitzero"`
	StartedAt   Time           `json:"startedAt,omitzero"`
	FinishedAt  Time           `json:"finishedAt,omitzero"`
	ContainerID string         `json:"containerID,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// VolumeMountStatus is a volume that is mounted in a container.
type VolumeMountStatus struct {
	Name              string         `json:"name"`
	MountPath         string         `json:"mountPath"`
	ReadOnly          bool           `json:"readOnly,omitzero"`
	RecursiveReadOnly *string        `json:"recursiveReadOnly,omitzero"`
	Unknown           jsontext.Value `json:",embed"`
}

// ContainerUser is the user of a container's first process.
type ContainerUser struct {
	Linux   *LinuxContainerUser `json:"linux,omitzero"`
	Unknown jsontext.Value      `json:",embed"`
}

// LinuxContainerUser is the user and the groups of a process.
type LinuxContainerUser struct {
	UID                int64          `json:"uid"`
	GID                int64          `json:"gid"`
	SupplementalGroups []int64        `json:"supplementalGroups,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// ResourceStatus is the health of the devices of one resource that a container has.
type ResourceStatus struct {
	Name      string           `json:"name"`
	Resources []ResourceHealth `json:"resources,omitzero"`
	Unknown   jsontext.Value   `json:",embed"`
}

// ResourceHealth is the health of one device.
type ResourceHealth struct {
	ResourceID string `json:"resourceID"`
	// Health is "Healthy", "Unhealthy" or "Unknown".
	Health  string         `json:"health,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// PodResourceClaimStatus names the ResourceClaim that was made from a template.
type PodResourceClaimStatus struct {
	Name              string         `json:"name"`
	ResourceClaimName *string        `json:"resourceClaimName,omitzero"`
	Unknown           jsontext.Value `json:",embed"`
}

// PodExtendedResourceClaimStatus names the ResourceClaim that was made for extended resources.
type PodExtendedResourceClaimStatus struct {
	RequestMappings   []ContainerExtendedResourceRequest `json:"requestMappings,omitzero"`
	ResourceClaimName string                             `json:"resourceClaimName"`
	Unknown           jsontext.Value                     `json:",embed"`
}

// ContainerExtendedResourceRequest maps a container's extended resource to a request of that claim.
type ContainerExtendedResourceRequest struct {
	ContainerName string         `json:"containerName"`
	ResourceName  string         `json:"resourceName"`
	RequestName   string         `json:"requestName"`
	Unknown       jsontext.Value `json:",embed"`
}
