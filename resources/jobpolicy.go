package resources

import "github.com/go-json-experiment/json/jsontext"

// PodFailurePolicy says how failed pods count against the Job's backoffLimit. The first rule that
// matches applies (KEP-3329).
type PodFailurePolicy struct {
	Rules   []PodFailurePolicyRule `json:"rules,omitzero"`
	Unknown jsontext.Value         `json:",embed"`
}

// PodFailurePolicyRule is what happens for a kind of failure. It has either OnExitCodes or
// OnPodConditions.
type PodFailurePolicyRule struct {
	// Action is "FailJob", "FailIndex", "Ignore" or "Count".
	Action          string                                   `json:"action"`
	OnExitCodes     *PodFailurePolicyOnExitCodesRequirement  `json:"onExitCodes,omitzero"`
	OnPodConditions []PodFailurePolicyOnPodConditionsPattern `json:"onPodConditions,omitzero"`
	Unknown         jsontext.Value                           `json:",embed"`
}

// PodFailurePolicyOnExitCodesRequirement matches pods by their containers' exit codes.
type PodFailurePolicyOnExitCodesRequirement struct {
	ContainerName *string `json:"containerName,omitzero"`
	// Operator is "In" or "NotIn".
	Operator string         `json:"operator"`
	Values   []int32        `json:"values,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// PodFailurePolicyOnPodConditionsPattern matches pods by a condition.
type PodFailurePolicyOnPodConditionsPattern struct {
	Type    string         `json:"type"`
	Status  string         `json:"status"`
	Unknown jsontext.Value `json:",embed"`
}

// SuccessPolicy says when an indexed Job has succeeded before all its indexes have. One rule that
// matches is enough (KEP-3998).
type SuccessPolicy struct {
	Rules   []SuccessPolicyRule `json:"rules,omitzero"`
	Unknown jsontext.Value      `json:",embed"`
}

// SuccessPolicyRule matches when enough indexes have succeeded.
type SuccessPolicyRule struct {
	// SucceededIndexes is such as "1,3-5,7". Nil is all indexes.
	SucceededIndexes *string        `json:"succeededIndexes,omitzero"`
	SucceededCount   *int32         `json:"succeededCount,omitzero"`
	Unknown          jsontext.Value `json:",embed"`
}
