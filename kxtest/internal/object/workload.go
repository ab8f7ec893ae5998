package object

import (
	"strconv"
	"strings"
)

// validateWorkload checks a workload's number of replicas and its selector, which must select the
// pods of its template.
func validateWorkload(apiVersion, kind string, object map[string]any, isNew bool) []FieldError {
	switch apiVersion + "/" + kind {
	case "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/StatefulSet", "apps/v1/DaemonSet":
	case "batch/v1/Job":
		return validateJob(object, isNew)
	case "policy/v1/PodDisruptionBudget":
		return validateBudget(object)
	default:
		return nil
	}
	var errs []FieldError
	if replicas, ok := At(object, "spec", "replicas").(int64); ok && replicas < 0 {
		errs = append(errs, invalidValue("spec.replicas", replicas,
			"must be greater than or equal to 0"))
	}
	selector := Fields(object, "spec", "selector")
	switch {
	case selector == nil && kind != "DaemonSet":
		errs = append(errs, required("spec.selector", ""))
	case selector != nil && len(selector) == 0:
		owner := strings.ToLower(kind)
		if kind == "ReplicaSet" {
			owner = "deployment" // the check is the same
		}
		return append(errs, invalidValue("spec.selector", selector,
			"empty selector is invalid for "+owner))
	}
	errs = append(errs, validateTemplateLabels(object, selector)...)
	policy := Text(object, "spec", "template", "spec", "restartPolicy")
	if policy != "" && policy != "Always" {
		errs = append(errs, notSupported("spec.template.spec.restartPolicy", policy, "Always"))
	}
	return errs
}

// validateTemplateLabels requires that the selector selects the template's pods. A nil selector
// selects none.
func validateTemplateLabels(object, selector map[string]any) []FieldError {
	labels := Fields(object, "spec", "template", "metadata", "labels")
	if selector != nil && selects(selector, labels) {
		return nil
	}
	var shown any
	if labels != nil {
		shown = labels
	}
	return []FieldError{
		invalidValue("spec.template.metadata.labels", shown,
			"`selector` does not match template `labels`"),
	}
}

// templateGeneration is the annotation in which a DaemonSet counts the changes of its template. It
// was a field in extensions/v1beta1.
const templateGeneration = "deprecated.daemonset.template.generation"

// countTemplate sets the count for a new DaemonSet and for an update.
func countTemplate(set, stored map[string]any) {
	generation, _ := strconv.Atoi(Text(stored, "metadata", "annotations", templateGeneration))
	if stored == nil || !Equal(At(set, "spec", "template"), At(stored, "spec", "template")) {
		generation++
	}
	ensureFields(ensureFields(set, "metadata"),
		"annotations")[templateGeneration] = strconv.Itoa(generation)
}

// selectorOperators are the operators of meta/v1 LabelSelector as [LabelSelector] has them.
var selectorOperators = map[string]string{"In": "in", "NotIn": "notin", "Exists": "exists",
	"DoesNotExist": "!"}

// selects reports whether a label selector of the API (meta/v1 LabelSelector) matches the labels.
func selects(selector, labels map[string]any) bool {
	for key, value := range Fields(selector, "matchLabels") {
		if !Equal(labels[key], value) {
			return false
		}
	}
	for _, expression := range List(selector, "matchExpressions") {
		r := labelRequirement{
			key:      Text(expression, "key"),
			operator: selectorOperators[Text(expression, "operator")],
		}
		for _, value := range List(expression, "values") {
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
