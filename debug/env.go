package debug

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// encodeEnvVar returns an environment variable as decoded JSON.
// The encoding of the models would add 16 KB to a program.
func encodeEnvVar(v *resources.EnvVar) map[string]any {
	o := object(v.Unknown, "name", v.Name, "value", v.Value)
	if v.ValueFrom == nil {
		return o
	}
	source := v.ValueFrom
	from := object(source.Unknown)
	o["valueFrom"] = from
	if source.FieldRef != nil {
		ref := source.FieldRef
		from["fieldRef"] = object(ref.Unknown, "apiVersion", ref.APIVersion, "fieldPath",
			ref.FieldPath)
	}
	if source.ResourceFieldRef != nil {
		ref := source.ResourceFieldRef
		from["resourceFieldRef"] = object(ref.Unknown,
			"containerName", ref.ContainerName, "resource", ref.Resource, "divisor",
			ref.Divisor.String())
	}
	if source.ConfigMapKeyRef != nil {
		ref := source.ConfigMapKeyRef
		from["configMapKeyRef"] = optional(ref.Optional, object(ref.Unknown, "name", ref.Name,
			"key", ref.Key))
	}
	if source.SecretKeyRef != nil {
		ref := source.SecretKeyRef
		from["secretKeyRef"] = optional(ref.Optional, object(ref.Unknown, "name", ref.Name, "key",
			ref.Key))
	}
	if source.FileKeyRef != nil {
		ref := source.FileKeyRef
		from["fileKeyRef"] = optional(ref.Optional,
			object(ref.Unknown, "volumeName", ref.VolumeName, "path", ref.Path, "key", ref.Key))
	}
	return o
}

// object returns the unknown fields of a model and the given members, a name and a value each.
// Empty values are left out.
func object(unknown jsontext.Value, members ...string) map[string]any {
	o := decode(unknown)
	for i := 0; i+1 < len(members); i += 2 {
		if members[i+1] != "" {
			o[members[i]] = members[i+1]
		}
	}
	return o
}

// optional sets the member optional of o unless value is nil.
func optional(value *bool, o map[string]any) map[string]any {
	if value != nil {
		o["optional"] = *value
	}
	return o
}
