package resources

import "github.com/go-json-experiment/json/jsontext"

// EphemeralContainer is a container that is added to a running pod to inspect it. It is never
// restarted, and it has no labels of its own.
type EphemeralContainer struct {
	Name       string   `json:"name"`
	Image      string   `json:"image,omitzero"`
	Command    []string `json:"command,omitzero"`
	Args       []string `json:"args,omitzero"`
	WorkingDir string   `json:"workingDir,omitzero"`
	// The API server refuses Ports, Resources, ResizePolicy, RestartPolicy, the probes and
	// Lifecycle.
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
	// ImagePullPolicy is "Always", "IfNotPresent" or "Never". If it is empty, the server sets
	// Always for the tag latest, and IfNotPresent otherwise.
	ImagePullPolicy string           `json:"imagePullPolicy,omitzero"`
	SecurityContext *SecurityContext `json:"securityContext,omitzero"`
	Stdin           bool             `json:"stdin,omitzero"`
	// StdinOnce closes stdin when the first attached client disconnects.
	StdinOnce bool `json:"stdinOnce,omitzero"`
	TTY       bool `json:"tty,omitzero"`
	// TargetContainerName is the container whose process namespace this one joins, if the runtime
	// supports that. If it is empty, the pod's setting applies.
	TargetContainerName string         `json:"targetContainerName,omitzero"`
	Unknown             jsontext.Value `json:",embed"`
}
