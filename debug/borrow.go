package debug

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// source is what a container of the pod can lend.
type source struct {
	kind            string // as kindOf has it
	Env             []jsontext.Value `json:"env"`
	EnvFrom         jsontext.Value   `json:"envFrom"`
	VolumeMounts    []jsontext.Value `json:"volumeMounts"`
	SecurityContext jsontext.Value   `json:"securityContext"`
}

// sourceOf finds the container of the pod, of whichever kind.
func sourceOf(pod *resources.PodOutline, name string) (*source, error) {
	var names []string
	for i, list := range [][]resources.ContainerOutline{pod.Spec.Containers, pod.Spec.InitContainers, pod.Spec.EphemeralContainers} {
		for j := range list {
			if list[j].Name != name {
				names = append(names, list[j].Name+[...]string{"", " (init)", " (ephemeral)"}[i])
				continue
			}
			s := &source{kind: kindOf(&pod.Spec, name)}
			if len(list[j].Unknown) == 0 {
				return s, nil
			}
			if err := json.Unmarshal(list[j].Unknown, s); err != nil {
				return nil, fmt.Errorf("debug: container %q of pod %q cannot be read: %w", name, pod.Metadata.Name, err)
			}
			return s, nil
		}
	}
	return nil, fmt.Errorf("debug: pod %q has no container %q: it has %s", pod.Metadata.Name, name, strings.Join(names, ", "))
}

// addEnv puts in the environment of another container, and then the container's own, which goes before it.
func (o *Options) addEnv(d *draft) error {
	if o.EnvFrom != "" {
		source, err := sourceOf(d.pod, o.EnvFrom)
		if err != nil {
			return err
		}
		if err := d.put("", member("envFrom", source.EnvFrom)); err != nil {
			return err
		}
		if err := source.ownResources(o.EnvFrom); err != nil {
			return err
		}
		if err := d.putList("env", source.Env); err != nil {
			return err
		}
	}
	if o.Env == nil {
		return nil
	}
	env, err := json.Marshal(o.Env)
	if err != nil {
		return err
	}
	return d.put("", member("env", env))
}

// ownResources has each variable that tells of the container's resources say whose they are: they would be those of the new one otherwise, which has none.
func (s *source) ownResources(container string) error {
	for i, variable := range s.Env {
		var v struct {
			ValueFrom struct {
				ResourceFieldRef *struct {
					ContainerName string `json:"containerName"`
				} `json:"resourceFieldRef"`
			} `json:"valueFrom"`
		}
		if err := json.Unmarshal(variable, &v); err != nil {
			return err
		}
		ref := v.ValueFrom.ResourceFieldRef
		if ref == nil || ref.ContainerName != "" || s.kind == "ephemeral container" { // such a one has no resources, and cannot be named there
			continue
		}
		var err error
		if s.Env[i], err = merge(variable, jsontext.Value(fmt.Sprintf(`{"valueFrom":{"resourceFieldRef":{"containerName":%q}}}`, container)), ""); err != nil {
			return err
		}
	}
	return nil
}

// addMounts mounts what another container mounts, as far as an ephemeral one may.
func (o *Options) addMounts(d *draft) error {
	if o.MountsFrom == "" {
		return nil
	}
	source, err := sourceOf(d.pod, o.MountsFrom)
	if err != nil {
		return err
	}
	privileged := d.identity().Privileged
	if o.Custom != nil { // which is still to come
		if own := identityIn(o.Custom.part).Privileged; own != nil {
			privileged = own
		}
	}
	var mounts []jsontext.Value
	var partial, oneWay []string
	for _, mount := range source.VolumeMounts {
		var m struct {
			MountPath        string `json:"mountPath"`
			SubPath          string `json:"subPath"`
			SubPathExpr      string `json:"subPathExpr"`
			MountPropagation string `json:"mountPropagation"`
		}
		if err := json.Unmarshal(mount, &m); err != nil {
			return err
		}
		if m.SubPath != "" || m.SubPathExpr != "" {
			partial = append(partial, m.MountPath)
			continue
		}
		if m.MountPropagation == "Bidirectional" && !holds(privileged) {
			oneWay = append(oneWay, m.MountPath)
			if mount, err = merge(mount, jsontext.Value(`{"mountPropagation":null}`), ""); err != nil {
				return err
			}
		}
		mounts = append(mounts, mount)
	}
	if partial != nil {
		d.notices = append(d.notices, fmt.Sprintf("of the mounts of container %q left out: %s; an ephemeral container cannot mount a part of a volume (subPath)",
			o.MountsFrom, strings.Join(partial, ", ")))
	}
	if oneWay != nil {
		d.notices = append(d.notices, fmt.Sprintf("of the mounts of container %q without mountPropagation Bidirectional: %s; that takes a privileged container",
			o.MountsFrom, strings.Join(oneWay, ", ")))
	}
	return d.putList("volumeMounts", mounts)
}

// putList puts in a list, unless it is empty.
func (d *draft) putList(name string, list []jsontext.Value) error {
	if len(list) == 0 {
		return nil
	}
	value, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return d.put("", member(name, value))
}
