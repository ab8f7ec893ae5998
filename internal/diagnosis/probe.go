package diagnosis

import (
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// Probe is how the kubelet checks a container.
type Probe struct {
	Exec      *probeExec `json:"exec"`
	HTTPGet   *probeNet  `json:"httpGet"`
	TCPSocket *probeNet  `json:"tcpSocket"`
	GRPC      *probeNet  `json:"grpc"`
	// Delay, Timeout and Period are in seconds.
	Delay    int32 `json:"initialDelaySeconds"`
	Timeout  int32 `json:"timeoutSeconds"`
	Period   int32 `json:"periodSeconds"`
	Failures int32 `json:"failureThreshold"`
}

type probeExec struct {
	Command []string `json:"command"`
}

type probeNet struct {
	Scheme  string                `json:"scheme"`
	Host    string                `json:"host"`
	Port    resources.IntOrString `json:"port"`
	Path    string                `json:"path"`
	Service string                `json:"service"`
}

// String returns the probe in one line, such as "GET http://:8080/ready every 10s, timeout 1s,
// fails after 3".
func (p *Probe) String() string {
	return fmt.Sprintf("%s every %ds, timeout %ds, fails after %d", p.Action(), p.Period,
		p.Timeout, p.Failures) + p.delay()
}

func (p *Probe) delay() string {
	if p.Delay == 0 {
		return ""
	}
	return fmt.Sprintf(", first after %ds", p.Delay)
}

// Action returns what the probe does, such as "GET http://:8080/ready".
func (p *Probe) Action() string {
	switch {
	case p.Exec != nil:
		return "exec " + strings.Join(p.Exec.Command, " ")
	case p.HTTPGet != nil:
		h := p.HTTPGet
		return "GET " + strings.ToLower(h.Scheme) + "://" + h.Host + ":" + h.Port.String() + h.Path
	case p.TCPSocket != nil:
		return "connect to " + p.TCPSocket.Host + ":" + p.TCPSocket.Port.String()
	case p.GRPC != nil:
		return "gRPC health of :" + p.GRPC.Port.String() + " " + p.GRPC.Service
	}
	return "unknown check"
}

// port returns the port that the probe connects to, or "".
func (p *Probe) port() string {
	for _, net := range []*probeNet{p.HTTPGet, p.TCPSocket, p.GRPC} {
		if net != nil {
			return net.Port.String()
		}
	}
	return ""
}
