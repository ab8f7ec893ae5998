package resources

import "github.com/go-json-experiment/json/jsontext"

// Probe is how the kubelet checks a container: one of Exec, HTTPGet, TCPSocket and GRPC, and how
// often.
type Probe struct {
	Exec                *ExecAction      `json:"exec,omitzero"`
	HTTPGet             *HTTPGetAction   `json:"httpGet,omitzero"`
	TCPSocket           *TCPSocketAction `json:"tcpSocket,omitzero"`
	GRPC                *GRPCAction      `json:"grpc,omitzero"`
	InitialDelaySeconds int32            `json:"initialDelaySeconds,omitzero"`
	TimeoutSeconds      int32            `json:"timeoutSeconds,omitzero"`
	PeriodSeconds       int32            `json:"periodSeconds,omitzero"`
	SuccessThreshold    int32            `json:"successThreshold,omitzero"`
	FailureThreshold    int32            `json:"failureThreshold,omitzero"`
	// TerminationGracePeriodSeconds overrides the pod's when the probe ends the container.
	TerminationGracePeriodSeconds *int64         `json:"terminationGracePeriodSeconds,omitzero"`
	Unknown                       jsontext.Value `json:",embed"`
}

// Lifecycle holds actions after a container's start and before its end.
type Lifecycle struct {
	PostStart *LifecycleHandler `json:"postStart,omitzero"`
	PreStop   *LifecycleHandler `json:"preStop,omitzero"`
	// StopSignal is the signal that ends the container, such as "SIGTERM". It overrides the
	// image's.
	StopSignal *string        `json:"stopSignal,omitzero"`
	Unknown    jsontext.Value `json:",embed"`
}

// LifecycleHandler is one action; one of its fields is set.
type LifecycleHandler struct {
	Exec      *ExecAction      `json:"exec,omitzero"`
	HTTPGet   *HTTPGetAction   `json:"httpGet,omitzero"`
	TCPSocket *TCPSocketAction `json:"tcpSocket,omitzero"`
	Sleep     *SleepAction     `json:"sleep,omitzero"`
	Unknown   jsontext.Value   `json:",embed"`
}

// ExecAction runs a command in the container; exit code 0 is success.
type ExecAction struct {
	Command []string       `json:"command,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// HTTPGetAction sends a GET; a status from 200 to 399 is success.
type HTTPGetAction struct {
	Path string `json:"path,omitzero"`
	// Port is a number or the name of one of the container's ports.
	Port IntOrString `json:"port,omitzero"`
	// Host is the pod's address unless set.
	Host string `json:"host,omitzero"`
	// Scheme is "HTTP" or "HTTPS".
	Scheme      string         `json:"scheme,omitzero"`
	HTTPHeaders []HTTPHeader   `json:"httpHeaders,omitzero"`
	Unknown     jsontext.Value `json:",embed"`
}

// HTTPHeader is a header of an HTTPGetAction.
type HTTPHeader struct {
	Name    string         `json:"name"`
	Value   string         `json:"value"`
	Unknown jsontext.Value `json:",embed"`
}

// TCPSocketAction opens a connection.
type TCPSocketAction struct {
	// Port is a number or the name of one of the container's ports.
	Port    IntOrString    `json:"port,omitzero"`
	Host    string         `json:"host,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// GRPCAction asks a gRPC health service.
type GRPCAction struct {
	Port    int32          `json:"port"`
	Service *string        `json:"service,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// SleepAction waits.
type SleepAction struct {
	Seconds int64          `json:"seconds"`
	Unknown jsontext.Value `json:",embed"`
}
