package resources

import "github.com/go-json-experiment/json/jsontext"

// CronJob creates Jobs on a schedule.
type CronJob struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Spec       CronJobSpec    `json:"spec,omitzero"`
	Status     CronJobStatus  `json:"status,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// CronJobSpec is the desired state of a CronJob.
type CronJobSpec struct {
	// Schedule has the five fields of cron, such as "*/5 * * * *".
	Schedule string `json:"schedule"`
	// TimeZone is a name of the tz database. By default it is that of the controller.
	TimeZone                *string `json:"timeZone,omitzero"`
	StartingDeadlineSeconds *int64  `json:"startingDeadlineSeconds,omitzero"`
	// ConcurrencyPolicy is "Allow", "Forbid" or "Replace".
	ConcurrencyPolicy          string          `json:"concurrencyPolicy,omitzero"`
	Suspend                    *bool           `json:"suspend,omitzero"`
	JobTemplate                JobTemplateSpec `json:"jobTemplate,omitzero"`
	SuccessfulJobsHistoryLimit *int32          `json:"successfulJobsHistoryLimit,omitzero"`
	FailedJobsHistoryLimit     *int32          `json:"failedJobsHistoryLimit,omitzero"`
	Unknown                    jsontext.Value  `json:",embed"`
}

// JobTemplateSpec is the template of the Jobs of a CronJob.
type JobTemplateSpec struct {
	Metadata ObjectMeta     `json:"metadata,omitzero"`
	Spec     JobSpec        `json:"spec,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// CronJobStatus is the current state of a CronJob.
type CronJobStatus struct {
	Active             []ObjectReference `json:"active,omitzero"`
	LastScheduleTime   *Time             `json:"lastScheduleTime,omitzero"`
	LastSuccessfulTime *Time             `json:"lastSuccessfulTime,omitzero"`
	Unknown            jsontext.Value    `json:",embed"`
}

// APIKind returns the kind of a CronJob.
func (*CronJob) APIKind() Kind {
	return Kind{Group: "batch", Version: "v1", Kind: "CronJob", Resource: "cronjobs",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *CronJob) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus marks that the kind has the status subresource.
func (*CronJob) HasStatus() {}
