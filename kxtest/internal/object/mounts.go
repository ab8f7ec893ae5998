package object

import (
	"fmt"
	"slices"
	"strings"
)

func validateMounts(field string, c any, spec map[string]any) []FieldError {
	var errs []FieldError
	volumes := map[string]any{}
	for _, v := range List(spec, "volumes") {
		volumes[Text(v, "name")] = v
	}
	paths := map[string]bool{}
	for i, m := range List(c, "volumeMounts") {
		at0 := fmt.Sprintf("%s.volumeMounts[%d]", field, i)
		name, path, sub, expr := Text(m, "name"), Text(m, "mountPath"), Text(m, "subPath"),
			Text(m, "subPathExpr")
		if name == "" {
			errs = append(errs, required(at0+".name", ""))
		}
		if path == "" {
			errs = append(errs, required(at0+".mountPath", ""))
		}
		if !has(volumes, name) {
			errs = append(errs, notFound(at0+".name", name))
		}
		if paths[path] {
			errs = append(errs, invalidValue(at0+".mountPath", path, "must be unique"))
		}
		paths[path] = true
		switch {
		case sub != "" && expr != "":
			errs = append(
				errs,
				invalidValue(at0+".subPathExpr", expr,
					"subPathExpr and subPath are mutually exclusive"),
			)
		default:
			errs = append(errs, relativePath(field+".volumeMounts.subPath", sub)...)
			errs = append(errs, relativePath(field+".volumeMounts.subPathExpr", expr)...)
		}
	}
	for i, d := range List(c, "volumeDevices") {
		at0, name := fmt.Sprintf("%s.volumeDevices[%d]", field, i), Text(d, "name")
		if name == "" {
			errs = append(errs, required(at0+".name", ""))
		}
		if v, ok := volumes[name]; !ok {
			errs = append(errs, notFound(at0+".name", name))
		} else if At(v, "persistentVolumeClaim") == nil && At(v, "ephemeral") == nil {
			errs = append(errs, invalidValue(at0+".name", name,
				"can only use volume source type of "+
					"PersistentVolumeClaim or Ephemeral for block mode"))
		}
		if Text(d, "devicePath") == "" {
			errs = append(errs, required(at0+".devicePath", ""))
		}
	}
	return errs
}

func relativePath(field, path string) []FieldError {
	var errs []FieldError
	if strings.HasPrefix(path, "/") {
		errs = append(errs, invalidValue(field, path, "must be a relative path"))
	}
	if slices.Contains(strings.Split(path, "/"), "..") {
		errs = append(errs, invalidValue(field, path, "must not contain '..'"))
	}
	return errs
}
