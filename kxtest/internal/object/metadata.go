package object

import (
	"fmt"
	"slices"
	"strings"
)

// nameRule returns the function that checks the names of a kind.
func nameRule(kind string) func(string) []string {
	switch kind {
	case "Namespace":
		return dnsLabel
	case "Service":
		return serviceName
	}
	return dnsSubdomain
}

// validateMetadata returns what is wrong with an object's metadata.
func validateMetadata(kind string, metadata map[string]any) []FieldError {
	var errs []FieldError
	prefix := Text(metadata, "generateName")
	if prefix != "" {
		errs = append(errs, named("metadata.generateName", prefix,
			nameRule(kind)(strings.TrimSuffix(prefix, "-")))...)
	}
	name := Text(metadata, "name")
	if name == "" {
		errs = append(errs, required("metadata.name", "name or generateName is required"))
	} else {
		errs = append(errs, named("metadata.name", name, nameRule(kind)(name))...)
	}
	errs = append(errs, validateLabels("metadata.labels", Fields(metadata, "labels"))...)
	errs = append(errs, validateAnnotations("metadata.annotations",
		Fields(metadata, "annotations"))...)
	errs = append(errs, validateOwners(metadata)...)
	finalizers := List(metadata, "finalizers")
	for _, f := range finalizers {
		name, _ := f.(string)
		errs = append(errs, named("metadata.finalizers", name, qualifiedName(name))...)
	}
	for i, f := range finalizers {
		name, _ := f.(string)
		if !strings.Contains(name, "/") &&
			!slices.Contains([]string{"kubernetes", "orphan", "foregroundDeletion"}, name) {
			errs = append(
				errs,
				invalidValue(
					fmt.Sprintf("metadata.finalizers[%d]", i),
					name,
					"name is neither a standard finalizer name nor is it fully qualified",
				),
			)
		}
	}
	return errs
}

func validateOwners(metadata map[string]any) []FieldError {
	const field = "metadata.ownerReferences"
	var errs []FieldError
	for _, o := range List(metadata, "ownerReferences") {
		if Text(o, "apiVersion") == "" {
			errs = append(errs, invalidValue(field+".apiVersion", "", "version must not be empty"))
		}
		for _, name := range []string{"kind", "name", "uid"} {
			if Text(o, name) == "" {
				errs = append(errs, invalidValue(field+"."+name, "", "must not be empty"))
			}
		}
	}
	return errs
}

// validateMetadataUpdate returns the forbidden changes of the metadata.
func validateMetadataUpdate(metadata, old map[string]any) []FieldError {
	var errs []FieldError
	if old["deletionTimestamp"] != nil {
		var added []string
		for _, f := range List(metadata, "finalizers") {
			name, _ := f.(string)
			if !contains(List(old, "finalizers"), f) {
				added = append(added, name)
			}
		}
		if added != nil {
			errs = append(
				errs,
				forbidden(
					"metadata.finalizers",
					fmt.Sprintf(
						"no new finalizers can be added if the object is being deleted, found "+
							"new finalizers %#v",
						added,
					),
				),
			)
		}
	}
	if Text(metadata, "resourceVersion") == "" {
		errs = append(errs, invalidValue("metadata.resourceVersion", "",
			"must be specified for an update"))
	}
	for _, name := range []string{"name", "namespace", "uid"} {
		if !Equal(metadata[name], old[name]) {
			errs = append(errs, invalidValue("metadata."+name, Text(metadata, name),
				"field is immutable"))
		}
	}
	for _, name := range []string{"creationTimestamp", "deletionTimestamp",
		"deletionGracePeriodSeconds"} {
		if !Equal(metadata[name], old[name]) {
			errs = append(errs, invalidValue("metadata."+name, metadata[name],
				"field is immutable"))
		}
	}
	errs = append(errs, validateLabels("metadata.labels", Fields(metadata, "labels"))...)
	errs = append(errs, validateAnnotations("metadata.annotations",
		Fields(metadata, "annotations"))...)
	return append(errs, validateOwners(metadata)...)
}
