package resources

import "github.com/go-json-experiment/json/jsontext"

// EndpointSlice lists some of the endpoints of a Service (discovery.k8s.io/v1). A Service may have
// several. Their label kubernetes.io/service-name names the Service.
type EndpointSlice struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// AddressType is "IPv4", "IPv6" or "FQDN". It cannot be changed.
	AddressType string                    `json:"addressType"`
	Endpoints   []DiscoveryV1Endpoint     `json:"endpoints,omitzero"`
	Ports       []DiscoveryV1EndpointPort `json:"ports,omitzero"`
	Unknown     jsontext.Value            `json:",embed"`
}

// DiscoveryV1Endpoint is one endpoint of an EndpointSlice (discovery.k8s.io/v1 Endpoint), in most
// cases a pod.
type DiscoveryV1Endpoint struct {
	// Addresses are interchangeable. Most clients use the first only.
	Addresses          []string           `json:"addresses,omitzero"`
	Conditions         EndpointConditions `json:"conditions,omitzero"`
	Hostname           *string            `json:"hostname,omitzero"`
	TargetRef          *ObjectReference   `json:"targetRef,omitzero"`
	DeprecatedTopology map[string]string  `json:"deprecatedTopology,omitzero"`
	NodeName           *string            `json:"nodeName,omitzero"`
	Zone               *string            `json:"zone,omitzero"`
	Hints              *EndpointHints     `json:"hints,omitzero"`
	Unknown            jsontext.Value     `json:",embed"`
}

// EndpointConditions is the current state of an endpoint.
type EndpointConditions struct {
	// Ready is true if it is nil. Serving equals Ready if it is nil, and Terminating is false.
	Ready       *bool          `json:"ready,omitzero"`
	Serving     *bool          `json:"serving,omitzero"`
	Terminating *bool          `json:"terminating,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// EndpointHints name the zones and nodes that should use an endpoint.
type EndpointHints struct {
	ForZones []ForZone      `json:"forZones,omitzero"`
	ForNodes []ForNode      `json:"forNodes,omitzero"`
	Unknown  jsontext.Value `json:",embed"`
}

// ForZone is a zone that should use an endpoint.
type ForZone struct {
	Name    string         `json:"name"`
	Unknown jsontext.Value `json:",embed"`
}

// ForNode is a node that should use an endpoint.
type ForNode struct {
	Name    string         `json:"name"`
	Unknown jsontext.Value `json:",embed"`
}

// DiscoveryV1EndpointPort is one port of an EndpointSlice (discovery.k8s.io/v1 EndpointPort).
type DiscoveryV1EndpointPort struct {
	Name        *string        `json:"name,omitzero"`
	Protocol    *string        `json:"protocol,omitzero"`
	Port        *int32         `json:"port,omitzero"`
	AppProtocol *string        `json:"appProtocol,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// APIKind returns the kind of an EndpointSlice.
func (*EndpointSlice) APIKind() Kind {
	return Kind{Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice",
		Resource: "endpointslices", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *EndpointSlice) Meta() *ObjectMeta { return &x.Metadata }
