package resources

import "github.com/go-json-experiment/json/jsontext"

// PersistentVolumeClaim asks for storage.
type PersistentVolumeClaim struct {
	Kind       string                      `json:"kind,omitzero"`
	APIVersion string                      `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta                  `json:"metadata,omitzero"`
	Spec       PersistentVolumeClaimSpec   `json:"spec,omitzero"`
	Status     PersistentVolumeClaimStatus `json:"status,omitzero"`
	Unknown    jsontext.Value              `json:",embed"`
}

// PersistentVolumeClaimTemplate is the template of a claim for one pod.
type PersistentVolumeClaimTemplate struct {
	Metadata ObjectMeta                `json:"metadata,omitzero"`
	Spec     PersistentVolumeClaimSpec `json:"spec,omitzero"`
	Unknown  jsontext.Value            `json:",embed"`
}

// PersistentVolumeClaimSpec is the desired storage.
type PersistentVolumeClaimSpec struct {
	// AccessModes are "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany" and "ReadWriteOncePod".
	AccessModes      []string                   `json:"accessModes,omitzero"`
	Selector         *LabelSelector             `json:"selector,omitzero"`
	Resources        VolumeResourceRequirements `json:"resources,omitzero"`
	VolumeName       string                     `json:"volumeName,omitzero"`
	StorageClassName *string                    `json:"storageClassName,omitzero"`
	// VolumeMode is "Filesystem" or "Block".
	VolumeMode                *string                    `json:"volumeMode,omitzero"`
	DataSource                *TypedLocalObjectReference `json:"dataSource,omitzero"`
	DataSourceRef             *TypedObjectReference      `json:"dataSourceRef,omitzero"`
	VolumeAttributesClassName *string                    `json:"volumeAttributesClassName,omitzero"`
	Unknown                   jsontext.Value             `json:",embed"`
}

// VolumeResourceRequirements is the desired size of the storage.
type VolumeResourceRequirements struct {
	Limits   map[string]Quantity `json:"limits,omitzero"`
	Requests map[string]Quantity `json:"requests,omitzero"`
	Unknown  jsontext.Value      `json:",embed"`
}

// TypedLocalObjectReference names an object of any kind in the same namespace.
type TypedLocalObjectReference struct {
	APIGroup *string        `json:"apiGroup,omitzero"`
	Kind     string         `json:"kind"`
	Name     string         `json:"name"`
	Unknown  jsontext.Value `json:",embed"`
}

// TypedObjectReference names an object of any kind, in this or another namespace.
type TypedObjectReference struct {
	APIGroup  *string        `json:"apiGroup,omitzero"`
	Kind      string         `json:"kind"`
	Name      string         `json:"name"`
	Namespace *string        `json:"namespace,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// PersistentVolumeClaimStatus is the current state of a claim.
type PersistentVolumeClaimStatus struct {
	// Phase is "Pending", "Bound" or "Lost".
	Phase                            string                           `json:"phase,omitzero"`
	AccessModes                      []string                         `json:"accessModes,omitzero"`
	Capacity                         map[string]Quantity              `json:"capacity,omitzero"`
	Conditions                       []PersistentVolumeClaimCondition `json:"conditions,omitzero"`
	AllocatedResources               map[string]Quantity              `json:"allocatedResources,omitzero"`
	AllocatedResourceStatuses        map[string]string                `json:"allocatedResourceStatuses,omitzero"`
	CurrentVolumeAttributesClassName *string                          `json:"currentVolumeAttributesClassName,omitzero"`
	ModifyVolumeStatus               *ModifyVolumeStatus              `json:"modifyVolumeStatus,omitzero"`
	Unknown                          jsontext.Value                   `json:",embed"`
}

// PersistentVolumeClaimCondition is a condition of a claim, such as "Resizing".
type PersistentVolumeClaimCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastProbeTime      Time           `json:"lastProbeTime,omitzero"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// ModifyVolumeStatus is the progress of a change of the volume's attributes class.
type ModifyVolumeStatus struct {
	TargetVolumeAttributesClassName string         `json:"targetVolumeAttributesClassName,omitzero"`
	Status                          string         `json:"status"`
	Unknown                         jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a PersistentVolumeClaim.
func (*PersistentVolumeClaim) APIKind() Kind {
	return Kind{Version: "v1", Kind: "PersistentVolumeClaim", Resource: "persistentvolumeclaims",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *PersistentVolumeClaim) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus marks that the kind has the status subresource.
func (*PersistentVolumeClaim) HasStatus() {}
