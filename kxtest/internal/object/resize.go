package object

import (
	"fmt"
	"maps"
	"slices"
)

// resized returns the stored spec with the resources and resize policies of the requested one. It
// keeps a list whose containers differ in number, which validation refuses.
func resized(spec, requested map[string]any) map[string]any {
	spec = maps.Clone(spec)
	for _, field := range []string{"containers", "initContainers"} {
		stored, wanted := List(spec, field), List(requested, field)
		if len(wanted) != len(stored) {
			if len(wanted) > 0 {
				spec[field] = wanted
			}
			continue
		}
		containers := slices.Clone(stored)
		for i, c := range containers {
			if Text(c, "name") != Text(wanted[i], "name") {
				containers[i] = wanted[i]
				continue
			}
			next := maps.Clone(Fields(c))
			copyField(next, Fields(wanted[i]), "resources")
			copyField(next, Fields(wanted[i]), "resizePolicy")
			containers[i] = next
		}
		if len(containers) > 0 {
			spec[field] = containers
		}
	}
	return spec
}

// ValidateResize returns what is wrong with an update through the resize subresource
// (ValidatePodResize of pkg/apis/core/validation).
func ValidateResize(pod, old map[string]any) []FieldError {
	if _, mirror := Fields(old, "metadata", "annotations")["kubernetes.io/config.mirror"]; mirror {
		return []FieldError{forbidden("[]", "static pods cannot be resized")}
	}
	errs := metadataUpdate("Pod", Fields(pod, "metadata"), Fields(old, "metadata"))
	spec, before := Fields(pod, "spec"), Fields(old, "spec")
	errs = append(errs, validatePodSpec(spec)...)
	class := Text(old, "status", "qosClass")
	if qosClass(spec) != class {
		errs = append(errs, invalidValue("spec", class,
			"Pod QOS Class may not change as a result of resizing"))
	}
	changedOthers := false
	for _, field := range []string{"containers", "initContainers"} {
		containers, stored := List(spec, field), List(before, field)
		if len(containers) != len(stored) {
			return append(errs, forbidden("spec."+field,
				"containers may not be added or removed on resize"))
		}
		for i, c := range containers {
			at := fmt.Sprintf("spec.%s[%d]", field, i)
			if Text(c, "name") != Text(stored[i], "name") {
				errs = append(errs, forbidden(at+".name",
					"containers may not be renamed or reordered on resize"))
				continue
			}
			resources, was := Fields(c, "resources"), Fields(stored[i], "resources")
			errs = append(errs, validateNoneRemoved(at+".resources", resources, was)...)
			changedOthers = changedOthers || !Equal(otherResources(resources),
				otherResources(was)) || !Equal(At(c, "resizePolicy"), At(stored[i], "resizePolicy"))
		}
	}
	if changedOthers {
		errs = append(errs, forbidden("spec", "only cpu and memory resources are mutable"))
	}
	return errs
}

// validateNoneRemoved requires that each request and limit is still there.
func validateNoneRemoved(field string, resources, old map[string]any) []FieldError {
	var errs []FieldError
	for _, kind := range []string{"requests", "limits"} {
		now := Fields(resources, kind)
		for name := range Fields(old, kind) {
			if now[name] == nil && isResizable(name) {
				errs = append(errs, forbidden(field+"."+kind,
					"resource "+kind+" cannot be removed"))
				break
			}
		}
	}
	return errs
}

func isResizable(resource string) bool { return resource == "cpu" || resource == "memory" }

// otherResources returns the resources that a resize may not change.
func otherResources(resources map[string]any) map[string]any {
	others := map[string]any{}
	for _, kind := range []string{"requests", "limits"} {
		amounts := maps.Clone(Fields(resources, kind))
		maps.DeleteFunc(amounts, func(name string, _ any) bool { return isResizable(name) })
		if len(amounts) > 0 {
			others[kind] = amounts
		}
	}
	return others
}
