package resources

import "github.com/go-json-experiment/json/jsontext"

// Endpoints lists the addresses behind a Service. The API has deprecated it since 1.33: see
// EndpointSlice.
type Endpoints struct {
	Kind       string           `json:"kind,omitzero"`
	APIVersion string           `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta       `json:"metadata,omitzero"`
	Subsets    []EndpointSubset `json:"subsets,omitzero"`
	Unknown    jsontext.Value   `json:",embed"`
}

// EndpointSubset is a set of addresses with common ports.
type EndpointSubset struct {
	Addresses         []EndpointAddress `json:"addresses,omitzero"`
	NotReadyAddresses []EndpointAddress `json:"notReadyAddresses,omitzero"`
	Ports             []EndpointPort    `json:"ports,omitzero"`
	Unknown           jsontext.Value    `json:",embed"`
}

// EndpointAddress is one address, in most cases that of a pod.
type EndpointAddress struct {
	IP        string           `json:"ip"`
	Hostname  string           `json:"hostname,omitzero"`
	NodeName  *string          `json:"nodeName,omitzero"`
	TargetRef *ObjectReference `json:"targetRef,omitzero"`
	Unknown   jsontext.Value   `json:",embed"`
}

// EndpointPort is one port of an EndpointSubset.
type EndpointPort struct {
	Name        string         `json:"name,omitzero"`
	Port        int32          `json:"port"`
	Protocol    string         `json:"protocol,omitzero"`
	AppProtocol *string        `json:"appProtocol,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// APIKind returns the kind of Endpoints.
func (*Endpoints) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Endpoints", Resource: "endpoints", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *Endpoints) Meta() *ObjectMeta { return &x.Metadata }
