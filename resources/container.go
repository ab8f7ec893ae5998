package resources

import "github.com/go-json-experiment/json/jsontext"

// Container is one container of a pod.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image,omitzero"`
	// Command replaces the image's entry point; Args replaces its arguments.
	Command      []string                `json:"command,omitzero"`
	Args         []string                `json:"args,omitzero"`
	WorkingDir   string                  `json:"workingDir,omitzero"`
	Ports        []ContainerPort         `json:"ports,omitzero"`
	EnvFrom      []EnvFromSource         `json:"envFrom,omitzero"`
	Env          []EnvVar                `json:"env,omitzero"`
	Resources    ResourceRequirements    `json:"resources,omitzero"`
	ResizePolicy []ContainerResizePolicy `json:"resizePolicy,omitzero"`
	// RestartPolicy overrides the pod's; Always makes an init container a sidecar.
	RestartPolicy          *string                `json:"restartPolicy,omitzero"`
	RestartPolicyRules     []ContainerRestartRule `json:"restartPolicyRules,omitzero"`
	VolumeMounts           []VolumeMount          `json:"volumeMounts,omitzero"`
	VolumeDevices          []VolumeDevice         `json:"volumeDevices,omitzero"`
	LivenessProbe          *Probe                 `json:"livenessProbe,omitzero"`
	ReadinessProbe         *Probe                 `json:"readinessProbe,omitzero"`
	StartupProbe           *Probe                 `json:"startupProbe,omitzero"`
	Lifecycle              *Lifecycle             `json:"lifecycle,omitzero"`
	TerminationMessagePath string                 `json:"terminationMessagePath,omitzero"`
	// TerminationMessagePolicy is "File" or "FallbackToLogsOnError".
	TerminationMessagePolicy string `json:"terminationMessagePolicy,omitzero"`
	// ImagePullPolicy is "Always", "IfNotPresent" or "Never". If it is empty, the server sets
	// Always for the tag latest, and IfNotPresent otherwise.
	ImagePullPolicy string           `json:"imagePullPolicy,omitzero"`
	SecurityContext *SecurityContext `json:"securityContext,omitzero"`
	Stdin           bool             `json:"stdin,omitzero"`
	// StdinOnce closes stdin when the first attached client disconnects.
	StdinOnce bool           `json:"stdinOnce,omitzero"`
	TTY       bool           `json:"tty,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// ContainerPort is a port that a container listens on.
type ContainerPort struct {
	Name          string `json:"name,omitzero"`
	HostPort      int32  `json:"hostPort,omitzero"`
	ContainerPort int32  `json:"containerPort"`
	// Protocol is "TCP", "UDP" or "SCTP".
	Protocol string         `json:"protocol,omitzero"`
	HostIP   string         `json:"hostIP,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// ResourceRequirements are a container's requests and limits by resource, such as "cpu" and
// "memory".
type ResourceRequirements struct {
	Limits   map[string]Quantity `json:"limits,omitzero"`
	Requests map[string]Quantity `json:"requests,omitzero"`
	// Claims are entries of the pod's ResourceClaims.
	Claims  []ResourceClaim `json:"claims,omitzero"`
	Unknown jsontext.Value  `json:",embed"`
}

// ResourceClaim refers to one of the pod's ResourceClaims, or to one request in it.
type ResourceClaim struct {
	Name    string         `json:"name"`
	Request string         `json:"request,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// ContainerResizePolicy decides whether a container restarts when one of its resources is resized.
type ContainerResizePolicy struct {
	ResourceName string `json:"resourceName"`
	// RestartPolicy is "NotRequired" or "RestartContainer".
	RestartPolicy string         `json:"restartPolicy"`
	Unknown       jsontext.Value `json:",embed"`
}

// ContainerRestartRule decides what happens when a container ends in a certain way. The first
// matching rule applies.
type ContainerRestartRule struct {
	// Action is "Restart" or "RestartAllContainers".
	Action    string                           `json:"action,omitzero"`
	ExitCodes *ContainerRestartRuleOnExitCodes `json:"exitCodes,omitzero"`
	Unknown   jsontext.Value                   `json:",embed"`
}

// ContainerRestartRuleOnExitCodes are the exit codes that a rule matches.
type ContainerRestartRuleOnExitCodes struct {
	// Operator is "In" or "NotIn".
	Operator string         `json:"operator,omitzero"`
	Values   []int32        `json:"values,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// VolumeMount puts a volume of the pod into a container.
type VolumeMount struct {
	Name     string `json:"name"`
	ReadOnly bool   `json:"readOnly,omitzero"`
	// RecursiveReadOnly is "Disabled", "IfPossible" or "Enabled".
	RecursiveReadOnly *string `json:"recursiveReadOnly,omitzero"`
	MountPath         string  `json:"mountPath"`
	// SubPath mounts a part of the volume. The API refuses it, and SubPathExpr, in ephemeral
	// containers.
	SubPath string `json:"subPath,omitzero"`
	// MountPropagation is "None", "HostToContainer" or "Bidirectional".
	MountPropagation *string        `json:"mountPropagation,omitzero"`
	SubPathExpr      string         `json:"subPathExpr,omitzero"`
	Unknown          jsontext.Value `json:",embed"`
}

// VolumeDevice puts a raw block volume into a container.
type VolumeDevice struct {
	Name       string         `json:"name"`
	DevicePath string         `json:"devicePath"`
	Unknown    jsontext.Value `json:",embed"`
}
