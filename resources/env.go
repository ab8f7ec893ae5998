package resources

import "github.com/go-json-experiment/json/jsontext"

// EnvVar is an environment variable of a container. It has a value or a source of one.
type EnvVar struct {
	Name string `json:"name"`
	// Value may refer to variables before it as $(NAME); $$ is a single $.
	Value     string         `json:"value,omitzero"`
	ValueFrom *EnvVarSource  `json:"valueFrom,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// EnvVarSource is the source of a variable's value. One of its fields is set.
type EnvVarSource struct {
	FieldRef         *ObjectFieldSelector   `json:"fieldRef,omitzero"`
	ResourceFieldRef *ResourceFieldSelector `json:"resourceFieldRef,omitzero"`
	ConfigMapKeyRef  *ConfigMapKeySelector  `json:"configMapKeyRef,omitzero"`
	SecretKeyRef     *SecretKeySelector     `json:"secretKeyRef,omitzero"`
	FileKeyRef       *FileKeySelector       `json:"fileKeyRef,omitzero"`
	Unknown          jsontext.Value         `json:",embed"`
}

// EnvFromSource makes a variable of each entry of a ConfigMap or a Secret.
type EnvFromSource struct {
	// Prefix goes before each variable's name.
	Prefix       string              `json:"prefix,omitzero"`
	ConfigMapRef *ConfigMapEnvSource `json:"configMapRef,omitzero"`
	SecretRef    *SecretEnvSource    `json:"secretRef,omitzero"`
	Unknown      jsontext.Value      `json:",embed"`
}

// ConfigMapKeySelector names an entry of a ConfigMap.
type ConfigMapKeySelector struct {
	Name string `json:"name,omitzero"`
	Key  string `json:"key"`
	// Optional lets the container start if the entry does not exist.
	Optional *bool          `json:"optional,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// SecretKeySelector names an entry of a Secret.
type SecretKeySelector struct {
	Name string `json:"name,omitzero"`
	Key  string `json:"key"`
	// Optional lets the container start if the entry does not exist.
	Optional *bool          `json:"optional,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// FileKeySelector names a variable in an env file that an init container wrote to a volume.
type FileKeySelector struct {
	VolumeName string         `json:"volumeName"`
	Path       string         `json:"path"`
	Key        string         `json:"key"`
	Optional   *bool          `json:"optional,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// ObjectFieldSelector names a field of the pod, such as metadata.name.
type ObjectFieldSelector struct {
	APIVersion string         `json:"apiVersion,omitzero"`
	FieldPath  string         `json:"fieldPath"`
	Unknown    jsontext.Value `json:",embed"`
}

// ResourceFieldSelector names a resource of a container, such as limits.cpu.
type ResourceFieldSelector struct {
	ContainerName string `json:"containerName,omitzero"`
	Resource      string `json:"resource"`
	// Divisor is the unit of the value.
	Divisor Quantity       `json:"divisor,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// ConfigMapEnvSource names the ConfigMap whose entries become variables.
type ConfigMapEnvSource struct {
	Name     string         `json:"name,omitzero"`
	Optional *bool          `json:"optional,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// SecretEnvSource names the Secret whose entries become variables.
type SecretEnvSource struct {
	Name     string         `json:"name,omitzero"`
	Optional *bool          `json:"optional,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}
