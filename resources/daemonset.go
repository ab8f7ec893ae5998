package resources

import "github.com/go-json-experiment/json/jsontext"

// DaemonSet keeps one pod running on each node that matches. It has no ephemeral containers.
type DaemonSet struct {
	Kind       string          `json:"kind,omitzero"`
	APIVersion string          `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta      `json:"metadata,omitzero"`
	Spec       DaemonSetSpec   `json:"spec,omitzero"`
	Status     DaemonSetStatus `json:"status,omitzero"`
	Unknown    jsontext.Value  `json:",embed"`
}

// DaemonSetSpec is the desired state of a DaemonSet.
type DaemonSetSpec struct {
	Selector             *LabelSelector          `json:"selector,omitzero"`
	Template             PodTemplateSpec         `json:"template,omitzero"`
	UpdateStrategy       DaemonSetUpdateStrategy `json:"updateStrategy,omitzero"`
	MinReadySeconds      int32                   `json:"minReadySeconds,omitzero"`
	RevisionHistoryLimit *int32                  `json:"revisionHistoryLimit,omitzero"`
	Unknown              jsontext.Value          `json:",embed"`
}

// DaemonSetUpdateStrategy is how old pods are replaced by new ones.
type DaemonSetUpdateStrategy struct {
	// Type is "RollingUpdate" or "OnDelete".
	Type          string                  `json:"type,omitzero"`
	RollingUpdate *RollingUpdateDaemonSet `json:"rollingUpdate,omitzero"`
	Unknown       jsontext.Value          `json:",embed"`
}

// RollingUpdateDaemonSet bounds how many pods may be missing or in excess during a rollout: a
// number or a percentage.
type RollingUpdateDaemonSet struct {
	MaxUnavailable *IntOrString   `json:"maxUnavailable,omitzero"`
	MaxSurge       *IntOrString   `json:"maxSurge,omitzero"`
	Unknown        jsontext.Value `json:",embed"`
}

// DaemonSetStatus is the current state of a DaemonSet. The numbers count nodes.
type DaemonSetStatus struct {
	CurrentNumberScheduled int32                `json:"currentNumberScheduled"`
	NumberMisscheduled     int32                `json:"numberMisscheduled"`
	DesiredNumberScheduled int32                `json:"desiredNumberScheduled"`
	NumberReady            int32                `json:"numberReady"`
	ObservedGeneration     int64                `json:"observedGeneration,omitzero"`
	UpdatedNumberScheduled int32                `json:"updatedNumberScheduled,omitzero"`
	NumberAvailable        int32                `json:"numberAvailable,omitzero"`
	NumberUnavailable      int32                `json:"numberUnavailable,omitzero"`
	CollisionCount         *int32               `json:"collisionCount,omitzero"`
	Conditions             []DaemonSetCondition `json:"conditions,omitzero"`
	Unknown                jsontext.Value       `json:",embed"`
}

// DaemonSetCondition is a condition of a DaemonSet.
type DaemonSetCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a DaemonSet.
func (*DaemonSet) APIKind() Kind {
	return Kind{Group: "apps", Version: "v1", Kind: "DaemonSet", Resource: "daemonsets",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *DaemonSet) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus marks that the kind has the status subresource.
func (*DaemonSet) HasStatus() {}
