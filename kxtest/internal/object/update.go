package object

import (
	"maps"
	"strconv"
)

// finishUpdate finishes a change once the managed fields are set.
func (w *Write) finishUpdate(stored, object map[string]any) (map[string]any, error) {
	isPod := w.APIVersion == "v1" && w.Kind == "Pod"
	if isPod && w.Subresource == "" {
		Admit(object, stored)
	}
	if err := w.keepServerFields(stored, object); err != nil {
		return nil, err
	}
	object = w.restrict(stored, object)
	if w.Kind == "DaemonSet" {
		countTemplate(object, stored)
	}
	if w.Kind == "Service" && w.Subresource == "" {
		keepAddresses(object, stored)
	}
	if w.hasGeneration() && w.generationDiffers(object, stored) {
		generation, _ := At(stored, "metadata", "generation").(int64)
		ensureFields(object, "metadata")["generation"] = generation + 1
	}
	if err := invalid(w.kindGroup(), w.Kind, w.Name, w.validateUpdate(object, stored)); err != nil {
		return nil, err
	}
	return object, nil
}

// hasGeneration reports whether the kind counts the changes of its spec.
func (w *Write) hasGeneration() bool {
	switch w.group() {
	case "apps", "batch", "discovery.k8s.io", "policy":
		return true
	}
	return w.APIVersion == "v1" && w.Kind == "Pod"
}

// keepServerFields checks the resourceVersion, and keeps the metadata that only the server sets.
func (w *Write) keepServerFields(stored, object map[string]any) error {
	metadata, old := ensureFields(object, "metadata"), Fields(stored, "metadata")
	version := Text(metadata, "resourceVersion")
	switch {
	case version == "":
		copyField(metadata, old, "resourceVersion")
	case version != Text(old, "resourceVersion"):
		if _, err := strconv.ParseUint(version, 10, 64); err != nil {
			return internal("%v", err)
		}
		return w.conflict(
			"the object has been modified; please apply your changes to the latest version and " +
				"try again",
		)
	}
	copyField(metadata, old, "generation")
	copyField(metadata, old, "creationTimestamp")
	if Text(metadata, "uid") == "" {
		copyField(metadata, old, "uid")
	}
	for _, name := range []string{"deletionTimestamp", "deletionGracePeriodSeconds"} {
		if old["deletionTimestamp"] != nil {
			copyField(metadata, old, name)
		}
	}
	return nil
}

// generationDiffers reports whether a change is one that metadata.generation counts. That is one of
// the spec or, for an EndpointSlice, of its endpoints, ports or labels.
func (w *Write) generationDiffers(object, stored map[string]any) bool {
	if w.Kind != "EndpointSlice" {
		return !Equal(object["spec"], stored["spec"])
	}
	return !Equal(object["endpoints"], stored["endpoints"]) ||
		!Equal(object["ports"], stored["ports"]) ||
		!Equal(At(object, "metadata", "labels"), At(stored, "metadata", "labels"))
}

func (w *Write) validateUpdate(object, stored map[string]any) []FieldError {
	switch w.Subresource {
	case "ephemeralcontainers":
		return ValidateEphemeralContainers(object, stored)
	case "resize":
		return ValidateResize(object, stored)
	case "status":
		return ValidateStatus(w.Kind, object, stored)
	}
	return Validate(w.APIVersion, w.Kind, object, stored)
}

// restrict keeps from the request only the fields that the resource or subresource may set.
func (w *Write) restrict(stored, object map[string]any) map[string]any {
	object = maps.Clone(object)
	metadata, old := maps.Clone(Fields(object, "metadata")), Fields(stored, "metadata")
	object["metadata"] = metadata
	switch w.Subresource {
	case "ephemeralcontainers", "resize":
		requested := Fields(object, "spec")
		for _, name := range []string{
			"deletionTimestamp", "generation", "selfLink", "labels", "annotations", "finalizers",
			"ownerReferences",
		} {
			copyField(metadata, old, name)
		}
		copyField(object, stored, "status")
		if w.Subresource == "resize" {
			object["spec"] = resized(Fields(stored, "spec"), requested)
			break
		}
		spec := maps.Clone(Fields(stored, "spec"))
		delete(spec, "ephemeralContainers")
		if len(List(requested, "ephemeralContainers")) > 0 {
			spec["ephemeralContainers"] = requested["ephemeralContainers"]
		}
		object["spec"] = spec
	case "status":
		copyField(object, stored, "spec")
		if w.Kind == "Pod" {
			delete(metadata, "deletionTimestamp")
			copyField(metadata, old, "deletionTimestamp")
			copyField(metadata, old, "ownerReferences")
			status := ensureFields(object, "status")
			if Text(status, "qosClass") == "" {
				copyField(status, Fields(stored, "status"), "qosClass")
			}
		}
		if w.Kind == "Deployment" {
			copyField(metadata, old, "labels")
		}
	default:
		if w.kind().Fields["status"] != nil && w.Kind != "Event" {
			copyField(object, stored, "status")
		}
	}
	return object
}
