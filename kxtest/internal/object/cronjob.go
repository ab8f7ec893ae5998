package object

import (
	"fmt"
	"strings"
)

// defaultCronJob sets the defaults of a CronJob (SetDefaults_CronJob of pkg/apis/batch/v1).
func defaultCronJob(job map[string]any) {
	spec := ensureFields(job, "spec")
	setDefault(spec, "concurrencyPolicy", "Allow")
	setDefault(spec, "suspend", false)
	setDefault(spec, "successfulJobsHistoryLimit", int64(3))
	setDefault(spec, "failedJobsHistoryLimit", int64(1))
	defaultTemplate(ensureFields(ensureFields(spec, "jobTemplate"), "spec"))
}

// maxCronJobName leaves room for the suffix of the Jobs' names.
const maxCronJobName = 52

// validateCronJob checks the schedule, the policies and the numbers of a CronJob, and its name if
// it is new.
func validateCronJob(job map[string]any, isNew bool) []FieldError {
	var errs []FieldError
	spec := Fields(job, "spec")
	schedule := Text(spec, "schedule")
	words := strings.Fields(schedule)
	switch {
	case schedule == "":
		errs = append(errs, required("spec.schedule", ""))
	case !strings.HasPrefix(schedule, "@") && len(words) != 5:
		errs = append(errs, invalidValue("spec.schedule", schedule,
			fmt.Sprintf("expected exactly 5 fields, found %d: %v", len(words), words)))
	}
	nonNegative := func(name string) {
		if n, ok := spec[name].(int64); ok && n < 0 {
			errs = append(errs, invalidValue("spec."+name, n, "must be greater than or equal to 0"))
		}
	}
	nonNegative("startingDeadlineSeconds")
	policy := Text(spec, "concurrencyPolicy")
	if policy != "Allow" && policy != "Forbid" && policy != "Replace" {
		errs = append(errs, notSupported("spec.concurrencyPolicy", policy, "Allow", "Forbid",
			"Replace"))
	}
	for _, e := range validateJob(Fields(spec, "jobTemplate"), true) {
		e.Field = "spec.jobTemplate." + e.Field
		errs = append(errs, e)
	}
	nonNegative("successfulJobsHistoryLimit")
	nonNegative("failedJobsHistoryLimit")
	name := Text(job, "metadata", "name")
	if isNew && len(name) > maxCronJobName {
		errs = append(errs, invalidValue("metadata.name", name, tooManyCharacters(maxCronJobName)))
	}
	return errs
}
