package resources

import "github.com/go-json-experiment/json/jsontext"

// StatefulSet keeps pods running that each have a number and storage of their own. It has no
// ephemeral containers.
type StatefulSet struct {
	Kind       string            `json:"kind,omitzero"`
	APIVersion string            `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta        `json:"metadata,omitzero"`
	Spec       StatefulSetSpec   `json:"spec,omitzero"`
	Status     StatefulSetStatus `json:"status,omitzero"`
	Unknown    jsontext.Value    `json:",embed"`
}

// StatefulSetSpec is the desired state of a StatefulSet.
type StatefulSetSpec struct {
	Replicas             *int32                  `json:"replicas,omitzero"`
	Selector             *LabelSelector          `json:"selector,omitzero"`
	Template             PodTemplateSpec         `json:"template,omitzero"`
	VolumeClaimTemplates []PersistentVolumeClaim `json:"volumeClaimTemplates,omitzero"`
	ServiceName          string                  `json:"serviceName"`
	// PodManagementPolicy is "OrderedReady" or "Parallel".
	PodManagementPolicy                  string                                           `json:"podManagementPolicy,omitzero"`
	UpdateStrategy                       StatefulSetUpdateStrategy                        `json:"updateStrategy,omitzero"`
	RevisionHistoryLimit                 *int32                                           `json:"revisionHistoryLimit,omitzero"`
	MinReadySeconds                      int32                                            `json:"minReadySeconds,omitzero"`
	PersistentVolumeClaimRetentionPolicy *StatefulSetPersistentVolumeClaimRetentionPolicy `json:"persistentVolumeClaimRetentionPolicy,omitzero"`
	Ordinals                             *StatefulSetOrdinals                             `json:"ordinals,omitzero"`
	Unknown                              jsontext.Value                                   `json:",embed"`
}

// StatefulSetUpdateStrategy is how old pods are replaced by new ones.
type StatefulSetUpdateStrategy struct {
	// Type is "RollingUpdate" or "OnDelete".
	Type          string                            `json:"type,omitzero"`
	RollingUpdate *RollingUpdateStatefulSetStrategy `json:"rollingUpdate,omitzero"`
	Unknown       jsontext.Value                    `json:",embed"`
}

// RollingUpdateStatefulSetStrategy says which pods are replaced, and how many at a time.
type RollingUpdateStatefulSetStrategy struct {
	// Partition is the lowest number of the pods that are replaced.
	Partition      *int32         `json:"partition,omitzero"`
	MaxUnavailable *IntOrString   `json:"maxUnavailable,omitzero"`
	Unknown        jsontext.Value `json:",embed"`
}

// StatefulSetPersistentVolumeClaimRetentionPolicy says what happens to the claims: "Retain" or
// "Delete".
type StatefulSetPersistentVolumeClaimRetentionPolicy struct {
	WhenDeleted string         `json:"whenDeleted,omitzero"`
	WhenScaled  string         `json:"whenScaled,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// StatefulSetOrdinals is the first number of the pods.
type StatefulSetOrdinals struct {
	Start   int32          `json:"start"`
	Unknown jsontext.Value `json:",embed"`
}

// StatefulSetStatus is the current state of a StatefulSet.
type StatefulSetStatus struct {
	ObservedGeneration int64                  `json:"observedGeneration,omitzero"`
	Replicas           int32                  `json:"replicas"`
	ReadyReplicas      int32                  `json:"readyReplicas,omitzero"`
	CurrentReplicas    int32                  `json:"currentReplicas,omitzero"`
	UpdatedReplicas    int32                  `json:"updatedReplicas,omitzero"`
	CurrentRevision    string                 `json:"currentRevision,omitzero"`
	UpdateRevision     string                 `json:"updateRevision,omitzero"`
	CollisionCount     *int32                 `json:"collisionCount,omitzero"`
	Conditions         []StatefulSetCondition `json:"conditions,omitzero"`
	AvailableReplicas  int32                  `json:"availableReplicas"`
	Unknown            jsontext.Value         `json:",embed"`
}

// StatefulSetCondition is a condition of a StatefulSet.
type StatefulSetCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a StatefulSet.
func (*StatefulSet) APIKind() Kind {
	return Kind{Group: "apps", Version: "v1", Kind: "StatefulSet", Resource: "statefulsets",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *StatefulSet) Meta() *ObjectMeta { return &x.Metadata }

// HasScale marks that the kind has the scale subresource.
func (*StatefulSet) HasScale() {}

// HasStatus marks that the kind has the status subresource.
func (*StatefulSet) HasStatus() {}
