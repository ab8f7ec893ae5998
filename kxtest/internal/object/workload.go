package object

import "strings"

// validateWorkload holds what makes pods from a template to its count of replicas and to its selector, which must select those pods.
func validateWorkload(apiVersion, kind string, object map[string]any) []FieldError {
	if apiVersion != "apps/v1" || kind != "Deployment" && kind != "ReplicaSet" && kind != "StatefulSet" {
		return nil
	}
	var errs []FieldError
	if replicas, ok := at(object, "spec", "replicas").(int64); ok && replicas < 0 {
		errs = append(errs, invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"))
	}
	selector, labels := fields(object, "spec", "selector"), fields(object, "spec", "template", "metadata", "labels")
	switch {
	case selector == nil:
		errs = append(errs, required("spec.selector", ""))
	case len(selector) == 0:
		owner := strings.ToLower(kind)
		if kind == "ReplicaSet" {
			owner = "deployment" // its check is the same
		}
		return append(errs, invalidValue("spec.selector", selector, "empty selector is invalid for "+owner))
	}
	if selector == nil || !selects(selector, labels) {
		var shown any
		if labels != nil {
			shown = labels
		}
		errs = append(errs, invalidValue("spec.template.metadata.labels", shown, "`selector` does not match template `labels`"))
	}
	if policy := text(object, "spec", "template", "spec", "restartPolicy"); policy != "" && policy != "Always" {
		errs = append(errs, notSupported("spec.template.spec.restartPolicy", policy, "Always"))
	}
	return errs
}

// selects reports whether a label selector as it stands in an object (meta/v1 LabelSelector) matches these labels.
func selects(selector, labels map[string]any) bool {
	for key, value := range fields(selector, "matchLabels") {
		if !Equal(labels[key], value) {
			return false
		}
	}
	for _, expression := range list(selector, "matchExpressions") {
		r := labelRequirement{key: text(expression, "key"), operator: map[string]string{"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}[text(expression, "operator")]}
		for _, value := range list(expression, "values") {
			if s, ok := value.(string); ok {
				r.values = append(r.values, s)
			}
		}
		value, has := labels[r.key].(string)
		if r.operator == "" || !r.matches(value, has) {
			return false
		}
	}
	return true
}
