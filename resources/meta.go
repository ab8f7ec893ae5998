package resources

import "github.com/go-json-experiment/json/jsontext"

//go:generate go run ../internal/modelgen . ../transport

// ObjectMeta is the metadata of an object.
type ObjectMeta struct {
	Name string `json:"name,omitzero"`
	// GenerateName is the prefix of a name that the server makes if Name is empty.
	GenerateName string `json:"generateName,omitzero"`
	Namespace    string `json:"namespace,omitzero"`
	SelfLink     string `json:"selfLink,omitzero"`
	// UID tells an object from another one that had the same name at another time.
	UID string `json:"uid,omitzero"`
	// ResourceVersion identifies a version of the object. A write with an old one is a conflict.
	// Versions can be compared for equality only.
	ResourceVersion string `json:"resourceVersion,omitzero"`
	// Generation counts the changes of the spec.
	Generation        int64 `json:"generation,omitzero"`
	CreationTimestamp Time  `json:"creationTimestamp,omitzero"`
	// DeletionTimestamp is set when deletion starts. It is the time by which the object should be
	// gone.
	DeletionTimestamp          *Time             `json:"deletionTimestamp,omitzero"`
	DeletionGracePeriodSeconds *int64            `json:"deletionGracePeriodSeconds,omitzero"`
	Labels                     map[string]string `json:"labels,omitzero"`
	Annotations                map[string]string `json:"annotations,omitzero"`
	OwnerReferences            []OwnerReference  `json:"ownerReferences,omitzero"`
	// Finalizers are controllers that must act before the object is deleted.
	Finalizers []string `json:"finalizers,omitzero"`
	// ManagedFields list the fields that each field manager owns.
	ManagedFields []ManagedFieldsEntry `json:"managedFields,omitzero"`
	Unknown       jsontext.Value       `json:",embed"`
}

// OwnerReference points to an object that owns this one. This one is deleted with it.
type OwnerReference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	// Controller is true for the single owner that manages the object.
	Controller         *bool          `json:"controller,omitzero"`
	BlockOwnerDeletion *bool          `json:"blockOwnerDeletion,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// ManagedFieldsEntry lists the fields that one manager owns through one operation.
type ManagedFieldsEntry struct {
	Manager string `json:"manager,omitzero"`
	// Operation is "Apply" or "Update".
	Operation  string `json:"operation,omitzero"`
	APIVersion string `json:"apiVersion,omitzero"`
	Time       *Time  `json:"time,omitzero"`
	FieldsType string `json:"fieldsType,omitzero"`
	// FieldsV1 is the set of fields, as the server sent it.
	FieldsV1 jsontext.Value `json:"fieldsV1,omitzero"`
	// Subresource is the subresource that was written, or empty for the object itself.
	Subresource string         `json:"subresource,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}
