package resources

import "github.com/go-json-experiment/json/jsontext"

// Service is a name and an address for a set of pods.
type Service struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta     `json:"metadata,omitzero"`
	Spec       ServiceSpec    `json:"spec,omitzero"`
	Status     ServiceStatus  `json:"status,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// ServiceSpec is the desired state of a Service.
type ServiceSpec struct {
	Ports []ServicePort `json:"ports,omitzero"`
	// Selector is the labels of the pods. If it is empty, the Service's owner writes the endpoints.
	Selector map[string]string `json:"selector,omitzero"`
	// ClusterIP is the first of ClusterIPs. The server allocates it if it is empty. "None" makes a
	// headless Service.
	ClusterIP  string   `json:"clusterIP,omitzero"`
	ClusterIPs []string `json:"clusterIPs,omitzero"`
	// Type is "ClusterIP", "NodePort", "LoadBalancer" or "ExternalName".
	Type        string   `json:"type,omitzero"`
	ExternalIPs []string `json:"externalIPs,omitzero"`
	// SessionAffinity is "ClientIP" or "None".
	SessionAffinity          string   `json:"sessionAffinity,omitzero"`
	LoadBalancerIP           string   `json:"loadBalancerIP,omitzero"`
	LoadBalancerSourceRanges []string `json:"loadBalancerSourceRanges,omitzero"`
	// ExternalName is the DNS name that a Service of type ExternalName points to.
	ExternalName string `json:"externalName,omitzero"`
	// ExternalTrafficPolicy is "Cluster" or "Local".
	ExternalTrafficPolicy    string                 `json:"externalTrafficPolicy,omitzero"`
	HealthCheckNodePort      int32                  `json:"healthCheckNodePort,omitzero"`
	PublishNotReadyAddresses bool                   `json:"publishNotReadyAddresses,omitzero"`
	SessionAffinityConfig    *SessionAffinityConfig `json:"sessionAffinityConfig,omitzero"`
	// IPFamilies are "IPv4" and "IPv6".
	IPFamilies []string `json:"ipFamilies,omitzero"`
	// IPFamilyPolicy is "SingleStack", "PreferDualStack" or "RequireDualStack".
	IPFamilyPolicy                *string `json:"ipFamilyPolicy,omitzero"`
	AllocateLoadBalancerNodePorts *bool   `json:"allocateLoadBalancerNodePorts,omitzero"`
	LoadBalancerClass             *string `json:"loadBalancerClass,omitzero"`
	// InternalTrafficPolicy is "Cluster" or "Local".
	InternalTrafficPolicy *string `json:"internalTrafficPolicy,omitzero"`
	// TrafficDistribution is "PreferSameZone" or "PreferSameNode".
	TrafficDistribution *string        `json:"trafficDistribution,omitzero"`
	Unknown             jsontext.Value `json:",embed"`
}

// ServicePort is one port of a Service.
type ServicePort struct {
	Name string `json:"name,omitzero"`
	// Protocol is "TCP", "UDP" or "SCTP".
	Protocol    string  `json:"protocol,omitzero"`
	AppProtocol *string `json:"appProtocol,omitzero"`
	Port        int32   `json:"port"`
	// TargetPort is the number or the name of the pods' port. By default it equals Port.
	TargetPort IntOrString    `json:"targetPort,omitzero"`
	NodePort   int32          `json:"nodePort,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// SessionAffinityConfig configures session affinity.
type SessionAffinityConfig struct {
	ClientIP *ClientIPConfig `json:"clientIP,omitzero"`
	Unknown  jsontext.Value  `json:",embed"`
}

// ClientIPConfig configures session affinity by the client's address.
type ClientIPConfig struct {
	// TimeoutSeconds is from 1 to 86,400. The default is 10,800.
	TimeoutSeconds *int32         `json:"timeoutSeconds,omitzero"`
	Unknown        jsontext.Value `json:",embed"`
}

// ServiceStatus is the current state of a Service.
type ServiceStatus struct {
	LoadBalancer LoadBalancerStatus `json:"loadBalancer,omitzero"`
	Conditions   []Condition        `json:"conditions,omitzero"`
	Unknown      jsontext.Value     `json:",embed"`
}

// LoadBalancerStatus lists the addresses of a load balancer.
type LoadBalancerStatus struct {
	Ingress []LoadBalancerIngress `json:"ingress,omitzero"`
	Unknown jsontext.Value        `json:",embed"`
}

// LoadBalancerIngress is one address of a load balancer.
type LoadBalancerIngress struct {
	IP       string `json:"ip,omitzero"`
	Hostname string `json:"hostname,omitzero"`
	// IPMode is "VIP" or "Proxy".
	IPMode  *string        `json:"ipMode,omitzero"`
	Ports   []PortStatus   `json:"ports,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// PortStatus is the state of one port of a load balancer.
type PortStatus struct {
	Port     int32          `json:"port"`
	Protocol string         `json:"protocol"`
	Error    *string        `json:"error,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// APIKind returns the kind of a Service.
func (*Service) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Service", Resource: "services", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *Service) Meta() *ObjectMeta { return &x.Metadata }

// HasStatus marks that the kind has the status subresource.
func (*Service) HasStatus() {}
