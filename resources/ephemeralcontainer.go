package resources

import "github.com/go-json-experiment/json/jsontext"

// EphemeralContainer is a container that is added to a running pod to look into it. It is never restarted.
type EphemeralContainer struct {
	Name       string   `json:"name"`
	Image      string   `json:"image,omitzero"`
	Command    []string `json:"command,omitzero"`
	Args       []string `json:"args,omitzero"`
	WorkingDir string   `json:"workingDir,omitzero"`
	// Ports, like Resources, ResizePolicy, RestartPolicy, the probes and Lifecycle, is in the API's type but refused by its server.
	Ports                    []ContainerPort         `json:"ports,omitzero"`
	EnvFrom                  []EnvFromSource         `json:"envFrom,omitzero"`
	Env                      []EnvVar                `json:"env,omitzero"`
	Resources                ResourceRequirements    `json:"resources,omitzero"`
	ResizePolicy             []ContainerResizePolicy `json:"resizePolicy,omitzero"`
	RestartPolicy            *string                 `json:"restartPolicy,omitzero"`
	RestartPolicyRules       []ContainerRestartRule  `json:"restartPolicyRules,omitzero"`
	VolumeMounts             []VolumeMount           `json:"volumeMounts,omitzero"`
	VolumeDevices            []VolumeDevice          `json:"volumeDevices,omitzero"`
	LivenessProbe            *Probe                  `json:"livenessProbe,omitzero"`
	ReadinessProbe           *Probe                  `json:"readinessProbe,omitzero"`
	StartupProbe             *Probe                  `json:"startupProbe,omitzero"`
	Lifecycle                *Lifecycle              `json:"lifecycle,omitzero"`
	TerminationMessagePath   string                  `json:"terminationMessagePath,omitzero"`
	TerminationMessagePolicy string                  `json:"terminationMessagePolicy,omitzero"`
	// ImagePullPolicy is "Always", "IfNotPresent" or "Never"; left empty, the server takes Always for the tag latest and IfNotPresent otherwise.
	ImagePullPolicy string           `json:"imagePullPolicy,omitzero"`
	SecurityContext *SecurityContext `json:"securityContext,omitzero"`
	Stdin           bool             `json:"stdin,omitzero"`
	// StdinOnce closes stdin when the first client that attached goes.
	StdinOnce bool `json:"stdinOnce,omitzero"`
	TTY       bool `json:"tty,omitzero"`
	// TargetContainerName is the container whose processes this one sees, if the runtime can do that; empty for a process namespace as the pod has it.
	TargetContainerName string         `json:"targetContainerName,omitzero"`
	Unknown             jsontext.Value `json:",embed"`
}
