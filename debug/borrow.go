package debug

import (
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// lenderIn gives what the container of the pod, of whichever kind, has that another can have too.
func lenderIn(pod *resources.PodOutline, name string) (map[string]any, error) {
	names := ""
	for kind, c := range pod.Spec.AllContainers() {
		if c.Name == name {
			return decode(c.Unknown), nil
		}
		names += ", " + c.Name
		switch kind {
		case resources.KindInitContainer:
			names += " (init)"
		case resources.KindEphemeralContainer:
			names += " (ephemeral)"
		}
	}
	return nil, fmt.Errorf("debug: pod %q has no container %q: it has %s", pod.Metadata.Name, name, strings.TrimPrefix(names, ", "))
}

// addEnv puts in the environment of another container, and then the container's own, which goes before it.
func (o *Options) addEnv(d *draft) error {
	if o.EnvFrom != "" {
		lender, err := lenderIn(d.pod, o.EnvFrom)
		if err != nil {
			return err
		}
		for _, field := range []string{"envFrom", "env"} {
			list := listIn(lender, field)
			if list != nil {
				d.put("", field, list)
			}
		}
		if kindOf(&d.pod.Spec, o.EnvFrom) != "ephemeral container" { // such a one has no resources, and cannot be named
			ownResources(listIn(d.container, "env"), o.EnvFrom)
		}
	}
	if o.Env == nil {
		return nil
	}
	var list []any
	for i := range o.Env {
		list = append(list, variable(&o.Env[i]))
	}
	d.put("", "env", list)
	return nil
}

// ownResources has each variable that tells of its container's resources say whose they are: otherwise they would be those of the new one, which has none.
func ownResources(env []any, container string) {
	for _, variable := range env {
		v, _ := variable.(map[string]any)
		from, _ := v["valueFrom"].(map[string]any)
		if ref, ok := from["resourceFieldRef"].(map[string]any); ok && ref["containerName"] == nil {
			ref["containerName"] = container
		}
	}
}

// addMounts mounts what another container mounts, as far as an ephemeral one may.
func (o *Options) addMounts(d *draft) error {
	if o.MountsFrom == "" {
		return nil
	}
	lender, err := lenderIn(d.pod, o.MountsFrom)
	if err != nil {
		return err
	}
	privileged := security(d.container)["privileged"]
	if own, said := o.Custom.security("privileged"); said { // which is still to come
		privileged = own
	}
	var mounts []any
	partial, oneWay := "", ""
	for _, mount := range listIn(lender, "volumeMounts") {
		m, _ := mount.(map[string]any)
		path, _ := m["mountPath"].(string)
		if m["subPath"] != nil || m["subPathExpr"] != nil {
			partial += ", " + path
			continue
		}
		if m["mountPropagation"] == "Bidirectional" && privileged != true {
			oneWay += ", " + path
			delete(m, "mountPropagation")
		}
		mounts = append(mounts, mount)
	}
	if mounts != nil {
		d.put("", "volumeMounts", mounts)
	}
	if partial != "" {
		d.notice("the mounts of container " + o.MountsFrom + " at " + partial[2:] + " are left out: they are parts of volumes (subPath), which an ephemeral container cannot mount")
	}
	if oneWay != "" {
		d.notice("the mounts of container " + o.MountsFrom + " at " + oneWay[2:] + " do not pass on what is mounted in them (Bidirectional): only a privileged container may do that")
	}
	return nil
}

func listIn(holder map[string]any, field string) []any {
	list, _ := holder[field].([]any)
	return list
}
