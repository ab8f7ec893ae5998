package debug

import "github.com/kx-k8s/kx/resources"

// variable gives an environment variable as decoded JSON. It is written out here, as the models' own encoding would be 16 KB of each program.
func variable(v *resources.EnvVar) map[string]any {
	o := decode(v.Unknown)
	o["name"] = v.Name
	setText(o, "value", v.Value)
	if v.ValueFrom == nil {
		return o
	}
	from := decode(v.ValueFrom.Unknown)
	o["valueFrom"] = from
	if ref := v.ValueFrom.FieldRef; ref != nil {
		r := decode(ref.Unknown)
		from["fieldRef"], r["fieldPath"] = r, ref.FieldPath
		setText(r, "apiVersion", ref.APIVersion)
	}
	if ref := v.ValueFrom.ResourceFieldRef; ref != nil {
		r := decode(ref.Unknown)
		from["resourceFieldRef"], r["resource"] = r, ref.Resource
		setText(r, "containerName", ref.ContainerName)
		setText(r, "divisor", ref.Divisor.String())
	}
	if ref := v.ValueFrom.ConfigMapKeyRef; ref != nil {
		from["configMapKeyRef"] = entry(decode(ref.Unknown), ref.Name, ref.Key, ref.Optional)
	}
	if ref := v.ValueFrom.SecretKeyRef; ref != nil {
		from["secretKeyRef"] = entry(decode(ref.Unknown), ref.Name, ref.Key, ref.Optional)
	}
	if ref := v.ValueFrom.FileKeyRef; ref != nil {
		r := entry(decode(ref.Unknown), "", ref.Key, ref.Optional)
		from["fileKeyRef"], r["volumeName"], r["path"] = r, ref.VolumeName, ref.Path
	}
	return o
}

// entry adds to o what names an entry of a ConfigMap, a Secret or a file.
func entry(o map[string]any, name, key string, optional *bool) map[string]any {
	setText(o, "name", name)
	o["key"] = key
	if optional != nil {
		o["optional"] = *optional
	}
	return o
}

// setText leaves out what is empty.
func setText(o map[string]any, name, value string) {
	if value != "" {
		o[name] = value
	}
}
