package portforward

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// PortError reports that a pod or service has no such TCP port.
type PortError struct {
	// Port is the requested port.
	Port string
	// Object is the pod, such as `pod web-0`, or "the service".
	Object string
	// Ports are the TCP ports that it has, such as "http (8080)".
	Ports []string
}

func (e *PortError) Error() string {
	has := "it has " + strings.Join(e.Ports, ", ")
	if len(e.Ports) == 0 {
		has = "it names none"
	}
	return fmt.Sprintf("%s has no TCP port %q: %s", e.Object, e.Port, has)
}

// service is the part of a Service that selects pods and ports (core/v1 ServiceSpec).
type service struct {
	Spec struct {
		Ports     []servicePort     `json:"ports"`
		ClusterIP string            `json:"clusterIP"`
		Selector  map[string]string `json:"selector"`
	} `json:"spec"`
}

// servicePort is a port of a Service (core/v1 ServicePort).
type servicePort struct {
	Name     string `json:"name"`
	Protocol string `json:"protocol"`
	Port     int    `json:"port"`
	// TargetPort is a number, or the name of a container's port. It is absent if it equals Port.
	TargetPort jsontext.Value `json:"targetPort"`
}

// containerPorts are the ports that a container declares (core/v1 ContainerPort).
type containerPorts struct {
	Ports []struct {
		Name          string `json:"name"`
		Protocol      string `json:"protocol"`
		ContainerPort int    `json:"containerPort"`
	} `json:"ports"`
}

// isTCP reports whether the protocol of a port is TCP, which is the API's default.
func isTCP(protocol string) bool { return protocol == "" || protocol == "TCP" }

// resolvePort returns the port of the pod that port stands for, and the local port that belongs to
// it by default. s is nil unless the pod belongs to a service.
func resolvePort(pod *resources.PodOutline, s *service, port string) (local, remote int,
	err error) {
	if s != nil {
		return servicePortOf(pod, s, port)
	}
	remote, err = containerPortOf(pod, port)
	return remote, remote, err
}

// servicePortOf finds a port of the service by its number or name.
func servicePortOf(pod *resources.PodOutline, s *service, port string) (local, remote int,
	err error) {
	number, err := strconv.Atoi(port)
	byName := err != nil
	missing := &PortError{Port: port, Object: "the service"}
	for _, p := range s.Spec.Ports {
		if !isTCP(p.Protocol) {
			continue
		}
		if byName && p.Name != port || !byName && p.Port != number {
			missing.Ports = append(missing.Ports, strings.TrimSpace(fmt.Sprintf("%s (%d)", p.Name,
				p.Port)))
			continue
		}
		target := strings.Trim(string(p.TargetPort), `"`)
		// A headless service has no proxy that translates ports: a number is the pod's own.
		headless := s.Spec.ClusterIP == "None"
		if target == "" || headless && !byName {
			return p.Port, p.Port, nil
		}
		remote, err = containerPortOf(pod, target)
		return p.Port, remote, err
	}
	return 0, 0, missing
}

// containerPortOf finds a port of the pod by its number or name. The containers need not declare a
// number.
func containerPortOf(pod *resources.PodOutline, port string) (int, error) {
	number, err := strconv.Atoi(port)
	if err == nil {
		return number, nil
	}
	missing := &PortError{Port: port, Object: fmt.Sprintf("pod %s", pod.Metadata.Name)}
	for kind, c := range pod.Spec.AllContainers() {
		var declared containerPorts
		if kind == resources.KindEphemeralContainer || json.Unmarshal(c.Unknown, &declared) != nil {
			continue // an ephemeral container declares no ports
		}
		for _, p := range declared.Ports {
			switch {
			case !isTCP(p.Protocol) || p.Name == "":
			case p.Name == port:
				return p.ContainerPort, nil
			default:
				missing.Ports = append(missing.Ports, fmt.Sprintf("%s (%d)", p.Name,
					p.ContainerPort))
			}
		}
	}
	return 0, missing
}
