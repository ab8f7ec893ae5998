package kxtest

import (
	"encoding/base64"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// config says what a container is made of, by its pod's specification. What it refers to is there: see configError.
func (n *node) config(p *pod, owner, container map[string]any) machine.Config {
	security := func(field string) int {
		for _, context := range []any{at(container, "securityContext"), at(owner, "spec", "securityContext")} {
			if id, ok := number(context, field); ok {
				return int(id)
			}
		}
		return 0
	}
	hostname := text(owner, "spec", "hostname")
	if hostname == "" {
		hostname = text(owner, "metadata", "name")
		hostname = strings.TrimRight(hostname[:min(len(hostname), 63)], "-.")
	}
	return machine.Config{
		Hostname: hostname,
		Image:    text(container, "image"),
		Env:      n.environment(p, owner, container),
		Dir:      text(container, "workingDir"),
		UID:      security("runAsUser"),
		GID:      security("runAsGroup"),
		Traces:   traces(container),
		Files:    n.mounted(owner, container),
	}
}

// traces reports whether a container's security context lets root look into the processes of others.
func traces(container map[string]any) bool {
	privileged, _ := at(container, "securityContext", "privileged").(bool)
	return privileged || slices.Contains(list(container, "securityContext", "capabilities", "add"), any("SYS_PTRACE"))
}

// environment is a container's environment: envFrom first, then env, whose values may refer to what comes before them.
func (n *node) environment(p *pod, owner, container map[string]any) []string {
	values := map[string]string{}
	var order []string
	set := func(name, value string) {
		if _, known := values[name]; !known {
			order = append(order, name)
		}
		values[name] = value
	}
	for _, source := range list(container, "envFrom") {
		for _, ref := range []struct{ field, kind string }{{"configMapRef", "ConfigMap"}, {"secretRef", "Secret"}} {
			data := n.data(owner, ref.kind, text(source, ref.field, "name"))
			for _, key := range slices.Sorted(maps.Keys(data)) {
				set(text(source, "prefix")+key, data[key])
			}
		}
	}
	for _, variable := range list(container, "env") {
		name := text(variable, "name")
		from := fields(variable, "valueFrom")
		switch {
		case from == nil:
			set(name, expand(text(variable, "value"), values))
		case from["fieldRef"] != nil:
			set(name, p.field(owner, text(from, "fieldRef", "fieldPath")))
		case from["resourceFieldRef"] != nil:
			set(name, resourceField(owner, container, fields(from, "resourceFieldRef")))
		default:
			for _, ref := range []struct{ field, kind string }{{"configMapKeyRef", "ConfigMap"}, {"secretKeyRef", "Secret"}} {
				if value, ok := n.data(owner, ref.kind, text(from, ref.field, "name"))[text(from, ref.field, "key")]; ok {
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

// data is what a config map or secret of the pod's namespace holds.
func (n *node) data(owner map[string]any, kind, name string) map[string]string {
	held := n.store.get(kindNamed("v1", kind), text(owner, "metadata", "namespace"), name)
	if held == nil {
		return nil
	}
	data := map[string]string{}
	add := func(field string, encoded bool) {
		for key, value := range fields(held.object, field) {
			value, _ := value.(string)
			if encoded {
				plain, err := base64.StdEncoding.DecodeString(value)
				if err != nil {
					continue // the API takes none such
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

// field is what the downward API gives for a path of the pod.
func (p *pod) field(owner map[string]any, fieldPath string) string {
	switch fieldPath {
	case "status.podIP", "status.podIPs":
		return p.address
	case "status.hostIP", "status.hostIPs":
		return "127.0.0.1"
	case "spec.serviceAccountName":
		name := text(owner, "spec", "serviceAccountName")
		if name != "" {
			return name
		}
		return "default"
	}
	field, key, ok := strings.Cut(strings.TrimSuffix(fieldPath, "']"), "['")
	if ok {
		return text(owner, append(strings.Split(field, "."), key)...)
	}
	return text(owner, strings.Split(fieldPath, ".")...)
}

// mounted are the files that a container's config map and secret volumes put into it.
func (n *node) mounted(owner, container map[string]any) map[string]string {
	files := map[string]string{}
	for _, mount := range list(container, "volumeMounts") {
		for _, volume := range list(owner, "spec", "volumes") {
			if text(volume, "name") != text(mount, "name") || text(mount, "subPath") != "" {
				continue
			}
			for _, source := range []struct{ field, name, kind string }{{"configMap", "name", "ConfigMap"}, {"secret", "secretName", "Secret"}} {
				data := n.data(owner, source.kind, text(volume, source.field, source.name))
				for key, value := range data {
					items := list(volume, source.field, "items")
					if items != nil {
						at := slices.IndexFunc(items, func(item any) bool { return text(item, "key") == key })
						if at < 0 {
							continue
						}
						key = text(items[at], "path")
					}
					files[path.Join(text(mount, "mountPath"), key)] = value
				}
			}
		}
	}
	return files
}

// expand replaces $(NAME) by the variable's value, if there is one; $$ stands for a dollar sign.
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
