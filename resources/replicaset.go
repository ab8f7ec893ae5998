package resources

import "github.com/go-json-experiment/json/jsontext"

// ReplicaSet keeps a number of equal pods running, usually for a Deployment. It has no ephemeral
// containers.
type ReplicaSet struct {
	Kind       string           `json:"kind,omitzero"`
	APIVersion string           `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta       `json:"metadata,omitzero"`
	Spec       ReplicaSetSpec   `json:"spec,omitzero"`
	Status     ReplicaSetStatus `json:"status,omitzero"`
	Unknown    jsontext.Value   `json:",embed"`
}

// ReplicaSetSpec is the desired state of a ReplicaSet.
type ReplicaSetSpec struct {
	Replicas        *int32          `json:"replicas,omitzero"`
	MinReadySeconds int32           `json:"minReadySeconds,omitzero"`
	Selector        *LabelSelector  `json:"selector,omitzero"`
	Template        PodTemplateSpec `json:"template,omitzero"`
	Unknown         jsontext.Value  `json:",embed"`
}

// ReplicaSetStatus is the current state of a ReplicaSet.
type ReplicaSetStatus struct {
	Replicas             int32                 `json:"replicas"`
	FullyLabeledReplicas int32                 `json:"fullyLabeledReplicas,omitzero"`
	ReadyReplicas        int32                 `json:"readyReplicas,omitzero"`
	AvailableReplicas    int32                 `json:"availableReplicas,omitzero"`
	TerminatingReplicas  *int32                `json:"terminatingReplicas,omitzero"`
	ObservedGeneration   int64                 `json:"observedGeneration,omitzero"`
	Conditions           []ReplicaSetCondition `json:"conditions,omitzero"`
	Unknown              jsontext.Value        `json:",embed"`
}

// ReplicaSetCondition is a condition of a replica set: "ReplicaFailure".
type ReplicaSetCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a ReplicaSet.
func (*ReplicaSet) APIKind() Kind {
	return Kind{Group: "apps", Version: "v1", Kind: "ReplicaSet", Resource: "replicasets",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *ReplicaSet) Meta() *ObjectMeta { return &x.Metadata }

// HasScale marks that the kind has the scale subresource.
func (*ReplicaSet) HasScale() {}

// HasStatus marks that the kind has the status subresource.
func (*ReplicaSet) HasStatus() {}
