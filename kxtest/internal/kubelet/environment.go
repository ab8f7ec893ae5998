package kubelet

import (
	"encoding/base64"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// machineConfig returns the configuration of a container's machine. configError has checked that
// all references exist.
func (n *Node) machineConfig(p *podState, pod, container map[string]any) machine.Config {
	security := func(field string) int {
		for _, context := range []any{object.At(container, "securityContext"),
			object.At(pod, "spec", "securityContext")} {
			if id, ok := object.Number(context, field); ok {
				return int(id)
			}
		}
		return 0
	}
	hostname := object.Text(pod, "spec", "hostname")
	if hostname == "" {
		hostname = object.Text(pod, "metadata", "name")
		hostname = strings.TrimRight(hostname[:min(len(hostname), 63)], "-.")
	}
	config := machine.Config{
		Hostname: hostname,
		Image:    object.Text(container, "image"),
		Env:      n.environment(p, pod, container),
		Dir:      object.Text(container, "workingDir"),
		UID:      security("runAsUser"),
		GID:      security("runAsGroup"),
		Traces:   mayTrace(container),
		Files:    n.volumeFiles(pod, container),
	}
	n.addNodeFiles(&config, pod, container)
	return config
}

// mayTrace reports whether the security context lets root look into the processes of other users.
func mayTrace(container map[string]any) bool {
	privileged, _ := object.At(container, "securityContext", "privileged").(bool)
	return privileged || slices.Contains(object.List(container, "securityContext", "capabilities",
		"add"),
		any("SYS_PTRACE"))
}

// environment returns a container's environment: envFrom first, then env. A value may refer to
// variables before it.
func (n *Node) environment(p *podState, pod, container map[string]any) []string {
	values := map[string]string{}
	var order []string
	set := func(name, value string) {
		if _, known := values[name]; !known {
			order = append(order, name)
		}
		values[name] = value
	}
	for _, source := range object.List(container, "envFrom") {
		for _, ref := range []struct{ field, kind string }{{"configMapRef", "ConfigMap"},
			{"secretRef", "Secret"}} {
			data := n.configData(pod, ref.kind, object.Text(source, ref.field, "name"))
			for _, key := range slices.Sorted(maps.Keys(data)) {
				set(object.Text(source, "prefix")+key, data[key])
			}
		}
	}
	for _, variable := range object.List(container, "env") {
		name := object.Text(variable, "name")
		from := object.Fields(variable, "valueFrom")
		switch {
		case from == nil:
			set(name, expand(object.Text(variable, "value"), values))
		case from["fieldRef"] != nil:
			set(name, p.downwardField(pod, object.Text(from, "fieldRef", "fieldPath")))
		case from["resourceFieldRef"] != nil:
			set(name, resourceField(pod, container, object.Fields(from, "resourceFieldRef")))
		default:
			for _, ref := range []struct{ field, kind string }{{"configMapKeyRef", "ConfigMap"},
				{"secretKeyRef", "Secret"}} {
				if value, ok := n.configData(pod, ref.kind, object.Text(from, ref.field,
					"name"))[object.Text(from,
					ref.field, "key")]; ok {
					set(name, value)
				}
			}
		}
	}
	environment := make([]string, len(order))
	for i, name := range order {
		environment[i] = name + "=" + values[name]
	}
	return environment
}

// configData returns the data of a config map or secret in the pod's namespace.
func (n *Node) configData(pod map[string]any, kind, name string) map[string]string {
	stored := n.store.Get(api.KindByName("v1", kind), object.Text(pod, "metadata", "namespace"),
		name)
	if stored == nil {
		return nil
	}
	data := map[string]string{}
	add := func(field string, encoded bool) {
		for key, value := range object.Fields(stored.Object, field) {
			value, _ := value.(string)
			if encoded {
				plain, err := base64.StdEncoding.DecodeString(value)
				if err != nil {
					continue // validation refuses such data
				}
				value = string(plain)
			}
			data[key] = value
		}
	}
	add("data", kind == "Secret")
	add("binaryData", true)
	return data
}

// downwardField returns the value of a pod field in the downward API.
func (p *podState) downwardField(pod map[string]any, fieldPath string) string {
	switch fieldPath {
	case "status.podIP", "status.podIPs":
		return p.address
	case "status.hostIP", "status.hostIPs":
		return "127.0.0.1"
	case "spec.serviceAccountName":
		name := object.Text(pod, "spec", "serviceAccountName")
		if name != "" {
			return name
		}
		return "default"
	}
	field, key, ok := strings.Cut(strings.TrimSuffix(fieldPath, "']"), "['")
	if ok {
		return object.Text(pod, append(strings.Split(field, "."), key)...)
	}
	return object.Text(pod, strings.Split(fieldPath, ".")...)
}

// volumeFiles returns the files of a container's config map and secret volumes, by path, and the
// directories where volumes are mounted.
func (n *Node) volumeFiles(pod, container map[string]any) map[string]string {
	files := map[string]string{}
	for _, mount := range object.List(container, "volumeMounts") {
		for _, volume := range object.List(pod, "spec", "volumes") {
			if object.Text(volume, "name") != object.Text(mount, "name") ||
				object.Text(mount, "subPath") != "" {
				continue
			}
			files[object.Text(mount, "mountPath")+"/"] = ""
			for _, source := range []struct{ field, name, kind string }{{"configMap", "name",
				"ConfigMap"},
				{"secret", "secretName", "Secret"}} {
				data := n.configData(pod, source.kind, object.Text(volume, source.field,
					source.name))
				for key, value := range data {
					items := object.List(volume, source.field, "items")
					if items != nil {
						at := slices.IndexFunc(items, func(item any) bool {
							return object.Text(item,
								"key") == key
						})
						if at < 0 {
							continue
						}
						key = object.Text(items[at], "path")
					}
					files[path.Join(object.Text(mount, "mountPath"), key)] = value
				}
			}
		}
	}
	return files
}

// expand replaces $(NAME) by the variable's value, if the variable exists. $$ is a dollar sign.
func expand(s string, variables map[string]string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if rest, escaped := strings.CutPrefix(after, "$"); escaped {
			b.WriteByte('$')
			s = rest
			continue
		}
		name, rest, ok := strings.Cut(strings.TrimPrefix(after, "("), ")")
		if ok && strings.HasPrefix(after, "(") {
			if value, known := variables[name]; known {
				b.WriteString(value)
				s = rest
				continue
			}
		}
		b.WriteByte('$')
		s = after
	}
}
