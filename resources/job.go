package resources

import "github.com/go-json-experiment/json/jsontext"

// Job runs pods until a number of them has succeeded.
type Job struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Spec       JobSpec        `json:"spec,omitzero"`
	Status     JobStatus      `json:"status,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// JobSpec is the desired state of a Job.
type JobSpec struct {
	Parallelism           *int32            `json:"parallelism,omitzero"`
	Completions           *int32            `json:"completions,omitzero"`
	ActiveDeadlineSeconds *int64            `json:"activeDeadlineSeconds,omitzero"`
	PodFailurePolicy      *PodFailurePolicy `json:"podFailurePolicy,omitzero"`
	SuccessPolicy         *SuccessPolicy    `json:"successPolicy,omitzero"`
	// BackoffLimit is how many failed pods the Job retries. The default is 6.
	BackoffLimit         *int32         `json:"backoffLimit,omitzero"`
	BackoffLimitPerIndex *int32         `json:"backoffLimitPerIndex,omitzero"`
	MaxFailedIndexes     *int32         `json:"maxFailedIndexes,omitzero"`
	Selector             *LabelSelector `json:"selector,omitzero"`
	// ManualSelector makes the server accept Selector. Otherwise it sets Selector itself.
	ManualSelector *bool           `json:"manualSelector,omitzero"`
	Template       PodTemplateSpec `json:"template,omitzero"`
	// TTLSecondsAfterFinished is when the server deletes the ended Job and its pods. Nil is never.
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitzero"`
	// CompletionMode is "NonIndexed" or "Indexed".
	CompletionMode *string `json:"completionMode,omitzero"`
	Suspend        *bool   `json:"suspend,omitzero"`
	// PodReplacementPolicy is "TerminatingOrFailed" or "Failed".
	PodReplacementPolicy *string        `json:"podReplacementPolicy,omitzero"`
	ManagedBy            *string        `json:"managedBy,omitzero"`
	Unknown              jsontext.Value `json:",embed"`
}

// JobStatus is the current state of a Job.
type JobStatus struct {
	Conditions     []JobCondition `json:"conditions,omitzero"`
	StartTime      *Time          `json:"startTime,omitzero"`
	CompletionTime *Time          `json:"completionTime,omitzero"`
	Active         int32          `json:"active,omitzero"`
	Succeeded      int32          `json:"succeeded,omitzero"`
	Failed         int32          `json:"failed,omitzero"`
	Terminating    *int32         `json:"terminating,omitzero"`
	// CompletedIndexes is such as "1,3-5,7".
	CompletedIndexes        string                   `json:"completedIndexes,omitzero"`
	FailedIndexes           *string                  `json:"failedIndexes,omitzero"`
	UncountedTerminatedPods *UncountedTerminatedPods `json:"uncountedTerminatedPods,omitzero"`
	Ready                   *int32                   `json:"ready,omitzero"`
	Unknown                 jsontext.Value           `json:",embed"`
}

// JobCondition is a condition of a Job: "Complete", "Failed", "Suspended", "FailureTarget" or
// "SuccessCriteriaMet".
type JobCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastProbeTime      Time           `json:"lastProbeTime,omitzero"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// UncountedTerminatedPods lists the uids of ended pods that the counters do not include yet.
type UncountedTerminatedPods struct {
	Succeeded []string       `json:"succeeded,omitzero"`
	Failed    []string       `json:"failed,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Job.
func (*Job) APIKind() Kind {
	return Kind{Group: "batch", Version: "v1", Kind: "Job", Resource: "jobs", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *Job) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus marks that the kind has the status subresource.
func (*Job) HasStatus() {}
