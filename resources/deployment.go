package resources

import "github.com/go-json-experiment/json/jsontext"

// Deployment keeps a number of equal pods running and rolls out changes. It has no ephemeral
// containers.
type Deployment struct {
	Kind       string           `json:"kind,omitzero"`
	APIVersion string           `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta       `json:"metadata,omitzero"`
	Spec       DeploymentSpec   `json:"spec,omitzero"`
	Status     DeploymentStatus `json:"status,omitzero"`
	Unknown    jsontext.Value   `json:",embed"`
}

// DeploymentSpec is the desired state of a Deployment.
type DeploymentSpec struct {
	Replicas                *int32             `json:"replicas,omitzero"`
	Selector                *LabelSelector     `json:"selector,omitzero"`
	Template                PodTemplateSpec    `json:"template,omitzero"`
	Strategy                DeploymentStrategy `json:"strategy,omitzero"`
	MinReadySeconds         int32              `json:"minReadySeconds,omitzero"`
	RevisionHistoryLimit    *int32             `json:"revisionHistoryLimit,omitzero"`
	Paused                  bool               `json:"paused,omitzero"`
	ProgressDeadlineSeconds *int32             `json:"progressDeadlineSeconds,omitzero"`
	Unknown                 jsontext.Value     `json:",embed"`
}

// DeploymentStrategy is how old pods are replaced by new ones.
type DeploymentStrategy struct {
	// Type is "RollingUpdate" or "Recreate".
	Type          string                   `json:"type,omitzero"`
	RollingUpdate *RollingUpdateDeployment `json:"rollingUpdate,omitzero"`
	Unknown       jsontext.Value           `json:",embed"`
}

// RollingUpdateDeployment bounds how many pods may be missing or in excess during a rollout: a
// number or a percentage.
type RollingUpdateDeployment struct {
	MaxUnavailable *IntOrString   `json:"maxUnavailable,omitzero"`
	MaxSurge       *IntOrString   `json:"maxSurge,omitzero"`
	Unknown        jsontext.Value `json:",embed"`
}

// DeploymentStatus is the current state of a Deployment.
type DeploymentStatus struct {
	ObservedGeneration  int64                 `json:"observedGeneration,omitzero"`
	Replicas            int32                 `json:"replicas,omitzero"`
	UpdatedReplicas     int32                 `json:"updatedReplicas,omitzero"`
	ReadyReplicas       int32                 `json:"readyReplicas,omitzero"`
	AvailableReplicas   int32                 `json:"availableReplicas,omitzero"`
	UnavailableReplicas int32                 `json:"unavailableReplicas,omitzero"`
	TerminatingReplicas *int32                `json:"terminatingReplicas,omitzero"`
	Conditions          []DeploymentCondition `json:"conditions,omitzero"`
	CollisionCount      *int32                `json:"collisionCount,omitzero"`
	Unknown             jsontext.Value        `json:",embed"`
}

// DeploymentCondition is a condition of a Deployment: "Available", "Progressing" or
// "ReplicaFailure".
type DeploymentCondition struct {
	Type               string         `json:"type"`
	Status             string         `json:"status"`
	LastUpdateTime     Time           `json:"lastUpdateTime,omitzero"`
	LastTransitionTime Time           `json:"lastTransitionTime,omitzero"`
	Reason             string         `json:"reason,omitzero"`
	Message            string         `json:"message,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Deployment.
func (*Deployment) APIKind() Kind {
	return Kind{Group: "apps", Version: "v1", Kind: "Deployment", Resource: "deployments",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *Deployment) Meta() *ObjectMeta { return &x.Metadata }

// HasScale marks that the kind has the scale subresource.
func (*Deployment) HasScale() {}

// HasStatus marks that the kind has the status subresource.
func (*Deployment) HasStatus() {}
