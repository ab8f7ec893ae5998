package object

import "math"

// defaultJob sets the defaults of a Job (SetDefaults_Job of pkg/apis/batch/v1).
func defaultJob(job map[string]any) {
	spec := ensureFields(job, "spec")
	if spec["completions"] == nil && spec["parallelism"] == nil {
		spec["completions"] = int64(1)
	}
	setDefault(spec, "parallelism", int64(1))
	if spec["backoffLimitPerIndex"] != nil {
		setDefault(spec, "backoffLimit", int64(math.MaxInt32))
	}
	setDefault(spec, "backoffLimit", int64(6))
	setDefault(spec, "completionMode", "NonIndexed")
	setDefault(spec, "suspend", false)
	setDefault(spec, "manualSelector", false)
	replacement := "TerminatingOrFailed"
	if spec["podFailurePolicy"] != nil {
		replacement = "Failed"
	}
	setDefault(spec, "podReplacementPolicy", replacement)
	labels := Fields(spec, "template", "metadata", "labels")
	if labels != nil && len(Fields(job, "metadata", "labels")) == 0 {
		ensureFields(job, "metadata")["labels"] = Copy(labels)
	}
	defaultTemplate(spec)
}

// validateJob checks a Job's numbers, restart policy and selector. A new Job may leave the selector
// to the server.
func validateJob(job map[string]any, isNew bool) []FieldError {
	var errs []FieldError
	for _, name := range []string{
		"parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
		"ttlSecondsAfterFinished",
	} {
		if n, ok := At(job, "spec", name).(int64); ok && n < 0 {
			errs = append(errs, invalidValue("spec."+name, n, "must be greater than or equal to 0"))
		}
	}
	policy := Text(job, "spec", "template", "spec", "restartPolicy")
	switch policy {
	case "OnFailure", "Never":
	case "Always":
		errs = append(errs, required("spec.template.spec.restartPolicy",
			`valid values: "OnFailure", "Never"`))
	default:
		errs = append(errs, notSupported("spec.template.spec.restartPolicy", policy, "OnFailure",
			"Never"))
	}
	selector := Fields(job, "spec", "selector")
	if isNew && At(job, "spec", "manualSelector") != true {
		if selector != nil {
			errs = append(errs, invalidValue("spec.selector", selector,
				"`selector` not auto-generated"))
		}
		return errs
	}
	if selector == nil {
		errs = append(errs, required("spec.selector", ""))
	}
	return append(errs, validateTemplateLabels(job, selector)...)
}
