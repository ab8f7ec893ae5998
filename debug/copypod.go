package debug

import (
	"context"

	"github.com/kx-k8s/kx/resources"
)

// buildCopy returns a builder with the whole copy. container is the container to debug with, or "".
// Its fields are those of kubectl debug (k8s.io/kubectl/pkg/cmd/debug, debugByCopy).
func (o *CopyOptions) buildCopy(ctx context.Context, pods *podAPI, profile Profile,
	source *resources.PodOutline, container string) (*podBuilder, error) {
	decoded, err := decodedPod(source)
	if err != nil {
		return nil, err
	}
	spec, _ := decoded["spec"].(map[string]any)
	b := &podBuilder{
		containerBuilder: &containerBuilder{profile: profile, sources: map[string]string{}},
		document:         map[string]any{"apiVersion": "v1", "kind": "Pod", "spec": spec},
	}
	delete(spec, "ephemeralContainers")
	if !o.SameNode {
		delete(spec, "nodeName")
	}
	o.keepParts(spec, profile)
	o.setImages(spec)
	b.document["metadata"] = o.metadata(source, profile)
	if container != "" {
		if err := o.addContainer(ctx, pods, b, source, container); err != nil {
			return nil, err
		}
	}
	switch {
	case o.ShareProcesses != nil:
		b.setSpec("ShareProcesses", "shareProcessNamespace", *o.ShareProcesses)
	case spec["shareProcessNamespace"] == nil && profile != Legacy:
		b.setSpec("profile "+string(profile), "shareProcessNamespace", true)
	}
	return b, nil
}

// metadata returns the metadata of the copy.
func (o *CopyOptions) metadata(source *resources.PodOutline, profile Profile) map[string]any {
	labels := map[string]any{managedBy: "kx-debug"}
	if o.KeepLabels {
		for name, value := range source.Metadata.Labels {
			labels[name] = value
		}
	}
	metadata := map[string]any{"name": o.To, "labels": labels}
	if source.Metadata.Namespace != "" {
		metadata["namespace"] = source.Metadata.Namespace
	}
	if len(source.Metadata.Annotations) > 0 && (o.KeepAnnotations || profile == Legacy) {
		metadata["annotations"] = source.Metadata.Annotations
	}
	return metadata
}

// keepParts removes the probes and the init containers that the copy does not have.
func (o *CopyOptions) keepParts(spec map[string]any, profile Profile) {
	if profile == Legacy {
		return
	}
	if o.DropInitContainers {
		delete(spec, "initContainers")
	}
	for _, probe := range []struct {
		field string
		keep  bool
	}{
		{"livenessProbe", o.KeepLiveness}, {"readinessProbe", o.KeepReadiness},
		{"startupProbe", o.KeepStartup},
	} {
		if !probe.keep {
			for _, c := range listField(spec, "containers") {
				delete(c.(map[string]any), probe.field)
			}
		}
	}
}

// setImages sets the images of SetImages.
func (o *CopyOptions) setImages(spec map[string]any) {
	for _, element := range listField(spec, "containers") {
		c := element.(map[string]any)
		name, _ := c["name"].(string)
		image := o.SetImages[name]
		if image == "" {
			image = o.SetImages["*"]
		}
		if image != "" {
			c["image"] = image
		}
	}
}

// addContainer adds the container to debug with, or changes the container of that name.
func (o *CopyOptions) addContainer(ctx context.Context, pods *podAPI, b *podBuilder,
	source *resources.PodOutline, name string) (err error) {
	spec := b.document["spec"].(map[string]any)
	container := containerIn(spec, name)
	options := o.Options
	isNew := container == nil
	if isNew {
		container, err = o.newContainer(name)
		if err != nil {
			return err
		}
	} else {
		options.userFrom = name
		if err := o.changeContainer(container, b.profile); err != nil {
			return err
		}
	}
	options.ordinary = true
	b.containerBuilder, err = options.newContainerBuilder(ctx, pods, source, container, b.profile)
	if err == nil && isNew {
		spec["containers"] = append(listField(spec, "containers"), b.container)
	}
	return err
}

// containerIn returns the container or init container called name, or nil.
func containerIn(spec map[string]any, name string) map[string]any {
	for _, field := range []string{"containers", "initContainers"} {
		for _, element := range listField(spec, field) {
			if c, ok := element.(map[string]any); ok && c["name"] == name {
				return c
			}
		}
	}
	return nil
}

// changeContainer gives a container of the pod the program and the streams of o.
func (o *CopyOptions) changeContainer(container map[string]any, profile Profile) error {
	own, err := o.newContainer("")
	if err != nil {
		return err
	}
	if own["command"] != nil {
		delete(container, "args") // those of another program
	}
	delete(container, "stdin")
	delete(container, "tty")
	for _, field := range []string{"command", "args", "image", "imagePullPolicy", "stdin",
		"stdinOnce", "tty"} {
		if own[field] != nil && own[field] != "" {
			container[field] = own[field]
		}
	}
	if profile == Baseline || profile == Restricted {
		delete(container, "securityContext")
	}
	return nil
}
