package resources

import "github.com/go-json-experiment/json/jsontext"

// Affinity restricts where a pod runs, by nodes and by other pods.
type Affinity struct {
	NodeAffinity    *NodeAffinity    `json:"nodeAffinity,omitzero"`
	PodAffinity     *PodAffinity     `json:"podAffinity,omitzero"`
	PodAntiAffinity *PodAntiAffinity `json:"podAntiAffinity,omitzero"`
	Unknown         jsontext.Value   `json:",embed"`
}

// NodeAffinity restricts the nodes that a pod must or should run on.
type NodeAffinity struct {
	RequiredDuringSchedulingIgnoredDuringExecution  *NodeSelector             `json:"requiredDuringSchedulingIgnoredDuringExecution,omitzero"`
	PreferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm `json:"preferredDuringSchedulingIgnoredDuringExecution,omitzero"`
	Unknown                                         jsontext.Value            `json:",embed"`
}

// NodeSelector selects nodes that match any of its terms.
type NodeSelector struct {
	NodeSelectorTerms []NodeSelectorTerm `json:"nodeSelectorTerms,omitzero"`
	Unknown           jsontext.Value     `json:",embed"`
}

// NodeSelectorTerm selects nodes that match all of its requirements.
type NodeSelectorTerm struct {
	MatchExpressions []NodeSelectorRequirement `json:"matchExpressions,omitzero"`
	MatchFields      []NodeSelectorRequirement `json:"matchFields,omitzero"`
	Unknown          jsontext.Value            `json:",embed"`
}

// NodeSelectorRequirement is a condition on one label or field of a node.
type NodeSelectorRequirement struct {
	Key string `json:"key"`
	// Operator is "In", "NotIn", "Exists", "DoesNotExist", "Gt" or "Lt".
	Operator string         `json:"operator"`
	Values   []string       `json:"values,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// PreferredSchedulingTerm is a preference for nodes, with its weight from 1 to 100.
type PreferredSchedulingTerm struct {
	Weight     int32            `json:"weight"`
	Preference NodeSelectorTerm `json:"preference,omitzero"`
	Unknown    jsontext.Value   `json:",embed"`
}

// PodAffinity names the pods that a pod must or should run beside.
type PodAffinity struct {
	RequiredDuringSchedulingIgnoredDuringExecution  []PodAffinityTerm         `json:"requiredDuringSchedulingIgnoredDuringExecution,omitzero"`
	PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm `json:"preferredDuringSchedulingIgnoredDuringExecution,omitzero"`
	Unknown                                         jsontext.Value            `json:",embed"`
}

// PodAntiAffinity names the pods that a pod must not or should not run beside.
type PodAntiAffinity struct {
	RequiredDuringSchedulingIgnoredDuringExecution  []PodAffinityTerm         `json:"requiredDuringSchedulingIgnoredDuringExecution,omitzero"`
	PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm `json:"preferredDuringSchedulingIgnoredDuringExecution,omitzero"`
	Unknown                                         jsontext.Value            `json:",embed"`
}

// PodAffinityTerm selects pods. TopologyKey is the node label whose value two pods share if they
// run beside each other.
type PodAffinityTerm struct {
	LabelSelector     *LabelSelector `json:"labelSelector,omitzero"`
	Namespaces        []string       `json:"namespaces,omitzero"`
	TopologyKey       string         `json:"topologyKey"`
	NamespaceSelector *LabelSelector `json:"namespaceSelector,omitzero"`
	MatchLabelKeys    []string       `json:"matchLabelKeys,omitzero"`
	MismatchLabelKeys []string       `json:"mismatchLabelKeys,omitzero"`
	Unknown           jsontext.Value `json:",embed"`
}

// WeightedPodAffinityTerm is a preference about pods, with its weight from 1 to 100.
type WeightedPodAffinityTerm struct {
	Weight          int32           `json:"weight"`
	PodAffinityTerm PodAffinityTerm `json:"podAffinityTerm,omitzero"`
	Unknown         jsontext.Value  `json:",embed"`
}

// Toleration lets a pod run on nodes with a taint.
type Toleration struct {
	Key string `json:"key,omitzero"`
	// Operator is "Equal", the default, "Exists", "Gt" or "Lt".
	Operator string `json:"operator,omitzero"`
	Value    string `json:"value,omitzero"`
	// Effect is "NoSchedule", "PreferNoSchedule" or "NoExecute"; empty for all.
	Effect            string         `json:"effect,omitzero"`
	TolerationSeconds *int64         `json:"tolerationSeconds,omitzero"`
	Unknown           jsontext.Value `json:",embed"`
}

// TopologySpreadConstraint spreads pods evenly over the values of a node label.
type TopologySpreadConstraint struct {
	MaxSkew     int32  `json:"maxSkew"`
	TopologyKey string `json:"topologyKey"`
	// WhenUnsatisfiable is "DoNotSchedule" or "ScheduleAnyway".
	WhenUnsatisfiable  string         `json:"whenUnsatisfiable"`
	LabelSelector      *LabelSelector `json:"labelSelector,omitzero"`
	MinDomains         *int32         `json:"minDomains,omitzero"`
	NodeAffinityPolicy *string        `json:"nodeAffinityPolicy,omitzero"`
	NodeTaintsPolicy   *string        `json:"nodeTaintsPolicy,omitzero"`
	MatchLabelKeys     []string       `json:"matchLabelKeys,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}
