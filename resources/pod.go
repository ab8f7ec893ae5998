package resources

import "github.com/go-json-experiment/json/jsontext"

// Pod is a group of containers that run on one node.
type Pod struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Spec       PodSpec        `json:"spec,omitzero"`
	Status     PodStatus      `json:"status,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// PodSpec is what a pod should be.
type PodSpec struct {
	Volumes []Volume `json:"volumes,omitzero"`
	// InitContainers run before Containers, one after the other; one whose RestartPolicy is Always keeps running beside them.
	InitContainers []Container `json:"initContainers,omitzero"`
	Containers     []Container `json:"containers,omitzero"`
	// EphemeralContainers are written through the pod's ephemeralcontainers subresource only, and can be added but neither changed nor removed.
	EphemeralContainers []EphemeralContainer `json:"ephemeralContainers,omitzero"`
	// RestartPolicy is "Always", "OnFailure" or "Never".
	RestartPolicy                 string `json:"restartPolicy,omitzero"`
	TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds,omitzero"`
	// ActiveDeadlineSeconds ends the whole pod that long after its start.
	ActiveDeadlineSeconds *int64 `json:"activeDeadlineSeconds,omitzero"`
	// DNSPolicy is "ClusterFirst", "ClusterFirstWithHostNet", "Default" or "None".
	DNSPolicy          string            `json:"dnsPolicy,omitzero"`
	NodeSelector       map[string]string `json:"nodeSelector,omitzero"`
	ServiceAccountName string            `json:"serviceAccountName,omitzero"`
	// DeprecatedServiceAccount is the old name of ServiceAccountName; the server fills in both.
	DeprecatedServiceAccount     string `json:"serviceAccount,omitzero"`
	AutomountServiceAccountToken *bool  `json:"automountServiceAccountToken,omitzero"`
	NodeName                     string `json:"nodeName,omitzero"`
	HostNetwork                  bool   `json:"hostNetwork,omitzero"`
	HostPID                      bool   `json:"hostPID,omitzero"`
	HostIPC                      bool   `json:"hostIPC,omitzero"`
	// ShareProcessNamespace lets all containers see each other's processes.
	ShareProcessNamespace *bool                  `json:"shareProcessNamespace,omitzero"`
	SecurityContext       *PodSecurityContext    `json:"securityContext,omitzero"`
	ImagePullSecrets      []LocalObjectReference `json:"imagePullSecrets,omitzero"`
	Hostname              string                 `json:"hostname,omitzero"`
	Subdomain             string                 `json:"subdomain,omitzero"`
	Affinity              *Affinity              `json:"affinity,omitzero"`
	SchedulerName         string                 `json:"schedulerName,omitzero"`
	Tolerations           []Toleration           `json:"tolerations,omitzero"`
	HostAliases           []HostAlias            `json:"hostAliases,omitzero"`
	PriorityClassName     string                 `json:"priorityClassName,omitzero"`
	Priority              *int32                 `json:"priority,omitzero"`
	DNSConfig             *PodDNSConfig          `json:"dnsConfig,omitzero"`
	ReadinessGates        []PodReadinessGate     `json:"readinessGates,omitzero"`
	RuntimeClassName      *string                `json:"runtimeClassName,omitzero"`
	EnableServiceLinks    *bool                  `json:"enableServiceLinks,omitzero"`
	// PreemptionPolicy is "PreemptLowerPriority" or "Never".
	PreemptionPolicy *string `json:"preemptionPolicy,omitzero"`
	// Overhead is what the runtime class needs on top of the containers.
	Overhead                  map[string]Quantity        `json:"overhead,omitzero"`
	TopologySpreadConstraints []TopologySpreadConstraint `json:"topologySpreadConstraints,omitzero"`
	SetHostnameAsFQDN         *bool                      `json:"setHostnameAsFQDN,omitzero"`
	OS                        *PodOS                     `json:"os,omitzero"`
	// HostUsers false gives the pod a user namespace of its own.
	HostUsers *bool `json:"hostUsers,omitzero"`
	// SchedulingGates keep the pod from being scheduled until all are removed.
	SchedulingGates []PodSchedulingGate `json:"schedulingGates,omitzero"`
	ResourceClaims  []PodResourceClaim  `json:"resourceClaims,omitzero"`
	// Resources are for the pod as a whole.
	Resources *ResourceRequirements `json:"resources,omitzero"`
	// HostnameOverride is the hostname as the pod sees it, whatever its name.
	HostnameOverride *string `json:"hostnameOverride,omitzero"`
	// WorkloadRef names the Workload by which the pod is scheduled together with others.
	WorkloadRef *WorkloadReference `json:"workloadRef,omitzero"`
	Unknown     jsontext.Value     `json:",embed"`
}

// HostAlias is a line of the pod's /etc/hosts.
type HostAlias struct {
	IP        string         `json:"ip"`
	Hostnames []string       `json:"hostnames,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// PodDNSConfig is added to what DNSPolicy gives.
type PodDNSConfig struct {
	Nameservers []string             `json:"nameservers,omitzero"`
	Searches    []string             `json:"searches,omitzero"`
	Options     []PodDNSConfigOption `json:"options,omitzero"`
	Unknown     jsontext.Value       `json:",embed"`
}

// PodDNSConfigOption is an option of the resolver, such as ndots.
type PodDNSConfigOption struct {
	Name    string         `json:"name,omitzero"`
	Value   *string        `json:"value,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// PodOS says which operating system the pod is made for.
type PodOS struct {
	// Name is "linux" or "windows".
	Name    string         `json:"name"`
	Unknown jsontext.Value `json:",embed"`
}

// PodReadinessGate names a condition that must be true too before the pod is ready.
type PodReadinessGate struct {
	ConditionType string         `json:"conditionType"`
	Unknown       jsontext.Value `json:",embed"`
}

// PodSchedulingGate is one reason not to schedule a pod yet.
type PodSchedulingGate struct {
	Name    string         `json:"name"`
	Unknown jsontext.Value `json:",embed"`
}

// PodResourceClaim gives a ResourceClaim, or a template for one, a name within the pod.
type PodResourceClaim struct {
	Name                      string         `json:"name"`
	ResourceClaimName         *string        `json:"resourceClaimName,omitzero"`
	ResourceClaimTemplateName *string        `json:"resourceClaimTemplateName,omitzero"`
	Unknown                   jsontext.Value `json:",embed"`
}

// WorkloadReference places a pod in a pod group of a Workload.
type WorkloadReference struct {
	Name               string         `json:"name"`
	PodGroup           string         `json:"podGroup"`
	PodGroupReplicaKey string         `json:"podGroupReplicaKey,omitzero"`
	Unknown            jsontext.Value `json:",embed"`
}

// LocalObjectReference names an object of the same namespace.
type LocalObjectReference struct {
	Name    string         `json:"name,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// PodTemplateSpec is what a controller makes pods from.
type PodTemplateSpec struct {
	Metadata ObjectMeta     `json:"metadata,omitzero"`
	Spec     PodSpec        `json:"spec,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// APIKind gives the kind of a Pod.
func (*Pod) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Pod", Resource: "pods", Namespaced: true}
}

// Meta gives the metadata of x to read or change.
func (x *Pod) Meta() *ObjectMeta { return &x.Metadata }

// HasEphemeralContainers says that the kind has the ephemeralcontainers subresource.
func (*Pod) HasEphemeralContainers() {}

// HasStatus says that the kind has the status subresource.
func (*Pod) HasStatus() {}

// HasExec says that the kind has the exec subresource.
func (*Pod) HasExec() {}

// HasAttach says that the kind has the attach subresource.
func (*Pod) HasAttach() {}

// HasLog says that the kind has the log subresource.
func (*Pod) HasLog() {}

// HasPortForward says that the kind has the portforward subresource.
func (*Pod) HasPortForward() {}
