package object

import (
	"fmt"
	"slices"
	"strings"
)

func envName(field, name string) []FieldError {
	for _, r := range name {
		if r < ' ' || r > '~' || r == '=' {
			return []FieldError{invalidValue(field, name, envNameFormat)}
		}
	}
	return nil
}

func validateEnv(field string, env []any) []FieldError {
	var errs []FieldError
	for i, e := range env {
		at0 := fmt.Sprintf("%s[%d]", field, i)
		name := Text(e, "name")
		if name == "" {
			errs = append(errs, required(at0+".name", ""))
		} else {
			errs = append(errs, envName(at0+".name", name)...)
		}
		from, ok := At(e, "valueFrom").(map[string]any)
		switch {
		case !ok:
		case len(from) == 0:
			errs = append(
				errs,
				invalidValue(
					at0+".valueFrom",
					"",
					"must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "+
						"`secretKeyRef` or `fileKeyRef`",
				),
			)
		case Text(e, "value") != "":
			errs = append(errs, invalidValue(at0+".valueFrom", "",
				"may not be specified when `value` is not empty"))
		case len(from) > 1:
			errs = append(
				errs,
				invalidValue(at0+".valueFrom", "",
					"may not have more than one field specified at a time"),
			)
		default:
			errs = append(errs, validateEnvSource(at0+".valueFrom", from)...)
		}
	}
	return errs
}

// podFields are the fields of a pod that an environment variable may refer to.
var podFields = []string{
	"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
	"spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
}

func validateEnvSource(field string, from map[string]any) []FieldError {
	for _, kind := range []string{"configMapKeyRef", "secretKeyRef"} {
		ref := Fields(from, kind)
		if ref != nil && Text(ref, "key") == "" {
			return []FieldError{required(field+"."+kind+".key", "")}
		}
	}
	ref := Fields(from, "fieldRef")
	if ref == nil {
		return nil
	}
	path := Text(ref, "fieldPath")
	switch {
	case path == "":
		return []FieldError{required(field+".fieldRef.fieldPath", "")}
	case slices.Contains(podFields, path),
		strings.HasPrefix(path, "metadata.labels['"),
		strings.HasPrefix(path, "metadata.annotations['"):
		return nil
	}
	return []FieldError{
		invalidValue(field+".fieldRef.fieldPath", path,
			"error converting fieldPath: field label not supported: "+path),
	}
}

func validateEnvFrom(field string, sources []any) []FieldError {
	var errs []FieldError
	for i, s := range sources {
		prefix := Text(s, "prefix")
		if prefix != "" {
			errs = append(errs, envName(fmt.Sprintf("%s[%d].prefix", field, i), prefix)...)
		}
		count := 0
		for _, kind := range []string{"configMapRef", "secretRef"} {
			if ref, ok := Fields(s)[kind]; ok {
				count++
				if Text(ref, "name") == "" {
					errs = append(errs, required(fmt.Sprintf("%s[%d].%s.name", field, i, kind), ""))
				}
			}
		}
		switch count {
		case 0:
			errs = append(errs, invalidValue(field, "",
				"must specify one of: `configMapRef` or `secretRef`"))
		case 2:
			errs = append(errs, invalidValue(field, "",
				"may not have more than one field specified at a time"))
		}
	}
	return errs
}
