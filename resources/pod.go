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

// PodSpec is the desired state of a pod.
type PodSpec struct {
	Volumes []Volume `json:"volumes,omitzero"`
	// InitContainers run one after the other before Containers. One with RestartPolicy Always keeps
	// running beside them.
	InitContainers []Container `json:"initContainers,omitzero"`
	Containers     []Container `json:"containers,omitzero"`
	// EphemeralContainers can be added through the pod's ephemeralcontainers subresource. They can
	// be neither changed nor removed.
	EphemeralContainers []EphemeralContainer `json:"ephemeralContainers,omitzero"`
	// RestartPolicy is "Always", "OnFailure" or "Never".
	RestartPolicy                 string `json:"restartPolicy,omitzero"`
	TerminationGracePeriodSeconds *int64 `json:"terminationGracePeriodSeconds,omitzero"`
	// ActiveDeadlineSeconds is how long the pod may run before all of it is ended.
	ActiveDeadlineSeconds *int64 `json:"activeDeadlineSeconds,omitzero"`
	// DNSPolicy is "ClusterFirst", "ClusterFirstWithHostNet", "Default" or "None".
	DNSPolicy          string            `json:"dnsPolicy,omitzero"`
	NodeSelector       map[string]string `json:"nodeSelector,omitzero"`
	ServiceAccountName string            `json:"serviceAccountName,omitzero"`
	// DeprecatedServiceAccount is the old name of ServiceAccountName. The server sets both.
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
	// Overhead is what the runtime class needs in addition to the containers.
	Overhead                  map[string]Quantity        `json:"overhead,omitzero"`
	TopologySpreadConstraints []TopologySpreadConstraint `json:"topologySpreadConstraints,omitzero"`
	SetHostnameAsFQDN         *bool                      `json:"setHostnameAsFQDN,omitzero"`
	OS                        *PodOS                     `json:"os,omitzero"`
	// HostUsers false gives the pod its own user namespace.
	HostUsers *bool `json:"hostUsers,omitzero"`
	// SchedulingGates keep the pod from being scheduled until all are removed.
	SchedulingGates []PodSchedulingGate `json:"schedulingGates,omitzero"`
	ResourceClaims  []PodResourceClaim  `json:"resourceClaims,omitzero"`
	// Resources apply to the pod as a whole.
	Resources *ResourceRequirements `json:"resources,omitzero"`
	// HostnameOverride is the hostname in the pod, whatever the pod's name.
	HostnameOverride *string `json:"hostnameOverride,omitzero"`
	// WorkloadRef names the Workload with which the pod is scheduled.
	WorkloadRef *WorkloadReference `json:"workloadRef,omitzero"`
	Unknown     jsontext.Value     `json:",embed"`
}

// HostAlias is a line of the pod's /etc/hosts.
type HostAlias struct {
	IP        string         `json:"ip"`
	Hostnames []string       `json:"hostnames,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// PodDNSConfig is added to the settings of DNSPolicy.
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

// PodOS is the operating system that the pod needs.
type PodOS struct {
	// Name is "linux" or "windows".
	Name    string         `json:"name"`
	Unknown jsontext.Value `json:",embed"`
}

// PodReadinessGate names a further condition that must be true before the pod is ready.
type PodReadinessGate struct {
	ConditionType string         `json:"conditionType"`
	Unknown       jsontext.Value `json:",embed"`
}

// PodSchedulingGate is one reason not to schedule a pod yet.
type PodSchedulingGate struct {
	Name    string         `json:"name"`
	Unknown jsontext.Value `json:",embed"`
}

// PodResourceClaim names a ResourceClaim, or a template for one, within the pod.
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

// PodTemplateSpec is the template from which a controller makes pods.
type PodTemplateSpec struct {
	Metadata ObjectMeta     `json:"metadata,omitzero"`
	Spec     PodSpec        `json:"spec,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Pod.
func (*Pod) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Pod", Resource: "pods", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *Pod) Meta() *ObjectMeta { return &x.Metadata }

// HasEphemeralContainers marks that the kind has the ephemeralcontainers subresource.
func (*Pod) HasEphemeralContainers() {}

// HasStatus marks that the kind has the status subresource.
func (*Pod) HasStatus() {}

// HasExec marks that the kind has the exec subresource.
func (*Pod) HasExec() {}

// HasAttach marks that the kind has the attach subresource.
func (*Pod) HasAttach() {}

// HasLog marks that the kind has the log subresource.
func (*Pod) HasLog() {}

// HasPortForward marks that the kind has the portforward subresource.
func (*Pod) HasPortForward() {}

// HasResize marks that the kind has the resize subresource.
func (*Pod) HasResize() {}

// HasEviction marks that the kind has the eviction subresource.
func (*Pod) HasEviction() {}
