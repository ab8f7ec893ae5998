package resources

import "github.com/go-json-experiment/json/jsontext"

//go:generate go run ../internal/modelgen . ../transport

// ObjectMeta is the metadata that every object has.
type ObjectMeta struct {
	Name string `json:"name,omitzero"`
	// GenerateName is a prefix from which the server makes a name when Name is empty.
	GenerateName string `json:"generateName,omitzero"`
	Namespace    string `json:"namespace,omitzero"`
	SelfLink     string `json:"selfLink,omitzero"`
	// UID tells an object from another of the same name at another time.
	UID string `json:"uid,omitzero"`
	// ResourceVersion names a state of the object: a write that carries an old one is a conflict. It has no meaning beyond being equal or not.
	ResourceVersion string `json:"resourceVersion,omitzero"`
	// Generation counts the changes of what is wanted, that is of the spec.
	Generation        int64 `json:"generation,omitzero"`
	CreationTimestamp Time  `json:"creationTimestamp,omitzero"`
	// DeletionTimestamp is set once the object is to be deleted, and is the time by which it should be gone.
	DeletionTimestamp          *Time             `json:"deletionTimestamp,omitzero"`
	DeletionGracePeriodSeconds *int64            `json:"deletionGracePeriodSeconds,omitzero"`
	Labels                     map[string]string `json:"labels,omitzero"`
	Annotations                map[string]string `json:"annotations,omitzero"`
	OwnerReferences            []OwnerReference  `json:"ownerReferences,omitzero"`
	// Finalizers are who must yet do something before the object can go.
	Finalizers []string `json:"finalizers,omitzero"`
	// ManagedFields says which field managers own which fields.
	ManagedFields []ManagedFieldsEntry `json:"managedFields,omitzero"`
	Unknown       jsontext.Value       `json:",embed"`
}

// OwnerReference points to an object that this one belongs to and is deleted with.
type OwnerReference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	// Controller is true for the one owner that manages the object.
	Controller         *bool          `json:"controller,omitzero"`
	BlockOwnerDeletion *bool          `json:"blockOwnerDeletion,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// ManagedFieldsEntry says which fields one manager owns, by which operation.
type ManagedFieldsEntry struct {
	Manager string `json:"manager,omitzero"`
	// Operation is "Apply" or "Update".
	Operation  string `json:"operation,omitzero"`
	APIVersion string `json:"apiVersion,omitzero"`
	Time       *Time  `json:"time,omitzero"`
	FieldsType string `json:"fieldsType,omitzero"`
	// FieldsV1 is the set of fields as the server wrote it.
	FieldsV1 jsontext.Value `json:"fieldsV1,omitzero"`
	// Subresource is the one that was written to, empty for the object itself.
	Subresource string         `json:"subresource,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}
