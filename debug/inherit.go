package debug

import (
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// containerByName returns the fields of a container of the pod, of any kind, that another container
// can have too.
func containerByName(pod *resources.PodOutline, name string) (map[string]any, error) {
	var names []string
	for kind, c := range pod.Spec.AllContainers() {
		if c.Name == name {
			return decode(c.Unknown), nil
		}
		switch kind {
		case resources.KindInitContainer:
			names = append(names, c.Name+" (init)")
		case resources.KindEphemeralContainer:
			names = append(names, c.Name+" (ephemeral)")
		default:
			names = append(names, c.Name)
		}
	}
	return nil, fmt.Errorf("debug: pod %s has no container %q: it has %s", pod.Metadata.Name, name,
		strings.Join(names, ", "))
}

// addEnv merges the environment of EnvFrom, then Env, which takes precedence.
func (o *Options) addEnv(b *containerBuilder) error {
	if o.EnvFrom != "" {
		other, err := containerByName(b.pod, o.EnvFrom)
		if err != nil {
			return err
		}
		for _, field := range []string{"envFrom", "env"} {
			list := listField(other, field)
			if list != nil {
				b.merge("", field, list)
			}
		}
		// An ephemeral container has no resources, and a resourceFieldRef cannot name one.
		if kindOf(&b.pod.Spec, o.EnvFrom) != resources.KindEphemeralContainer {
			nameResourceOwner(listField(b.container, "env"), o.EnvFrom)
		}
	}
	if o.Env == nil {
		return nil
	}
	var list []any
	for i := range o.Env {
		list = append(list, encodeEnvVar(&o.Env[i]))
	}
	b.merge("", "env", list)
	return nil
}

// nameResourceOwner sets containerName in each resourceFieldRef that lacks it.
// Without a containerName the variable would be about the new container, which has no resources.
func nameResourceOwner(env []any, container string) {
	for _, variable := range env {
		v, _ := variable.(map[string]any)
		from, _ := v["valueFrom"].(map[string]any)
		if ref, ok := from["resourceFieldRef"].(map[string]any); ok && ref["containerName"] == nil {
			ref["containerName"] = container
		}
	}
}

// addMounts merges the volumeMounts of MountsFrom that an ephemeral container may have.
func (o *Options) addMounts(b *containerBuilder) error {
	if o.MountsFrom == "" {
		return nil
	}
	other, err := containerByName(b.pod, o.MountsFrom)
	if err != nil {
		return err
	}
	privileged := securityContext(b.container)["privileged"]
	if own, set := o.Custom.securityField("privileged"); set { // addCustom runs after addMounts
		privileged = own
	}
	var mounts []any
	var withSubPath, bidirectional []string
	for _, mount := range listField(other, "volumeMounts") {
		m, _ := mount.(map[string]any)
		path, _ := m["mountPath"].(string)
		if !o.ordinary && (m["subPath"] != nil || m["subPathExpr"] != nil) {
			withSubPath = append(withSubPath, path)
			continue
		}
		if m["mountPropagation"] == "Bidirectional" && privileged != true {
			bidirectional = append(bidirectional, path)
			delete(m, "mountPropagation")
		}
		mounts = append(mounts, mount)
	}
	if mounts != nil {
		b.merge("", "volumeMounts", mounts)
	}
	if withSubPath != nil {
		b.addNotice(fmt.Sprintf("Warning: leaving out the mounts of container %s at %s: "+
			"an ephemeral container cannot mount a part of a volume (subPath)", o.MountsFrom,
			strings.Join(withSubPath, ", ")))
	}
	if bidirectional != nil {
		b.addNotice(fmt.Sprintf(
			"Warning: the mounts of container %s at %s do not propagate to the node "+
				"(Bidirectional): that needs a privileged container",
			o.MountsFrom, strings.Join(bidirectional,
				", ")))
	}
	return nil
}

func listField(object map[string]any, field string) []any {
	list, _ := object[field].([]any)
	return list
}
