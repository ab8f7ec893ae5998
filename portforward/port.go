package portforward

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// PortError says that a pod or service has no TCP port of that name.
type PortError struct {
	// Port is what was asked for; Of is such as `pod "web-0"`, and Ports what that has, such as "http (8080)".
	Port, Of string
	Ports    []string
}

func (e *PortError) Error() string {
	has := "it has " + strings.Join(e.Ports, ", ")
	if len(e.Ports) == 0 {
		has = "it names none"
	}
	return fmt.Sprintf("%s has no TCP port %q: %s", e.Of, e.Port, has)
}

// portList are the ports of a container, or of a service.
type portList struct {
	Ports []struct {
		Name          string         `json:"name"`
		Protocol      string         `json:"protocol"`
		ContainerPort int            `json:"containerPort"`
		Port          int            `json:"port"`       // of a service
		TargetPort    jsontext.Value `json:"targetPort"` // of a service
	} `json:"ports"`
}

// service is what there is to know of a Service.
type service struct {
	Spec struct {
		portList
		ClusterIP string            `json:"clusterIP"`
		Selector  map[string]string `json:"selector"`
	} `json:"spec"`
}

// portOf finds a port by its number or name: what it is called on this side, and its number in the pod. of is nil where there is no service.
func portOf(pod *resources.PodOutline, of *service, port string) (local, remote int, err error) {
	number, err := strconv.Atoi(port)
	isName := err != nil
	if of == nil && !isName {
		return number, number, nil
	}
	missing := &PortError{Port: port, Of: fmt.Sprintf("pod %q", pod.Metadata.Name)}
	lists := []portList{}
	if of != nil {
		missing.Of = "the service"
		lists = append(lists, of.Spec.portList)
	} else {
		for _, c := range append(pod.Spec.Containers, pod.Spec.InitContainers...) {
			var list portList
			if len(c.Unknown) > 0 && json.Unmarshal(c.Unknown, &list) == nil {
				lists = append(lists, list)
			}
		}
	}
	for _, list := range lists {
		for _, p := range list.Ports {
			own := p.ContainerPort + p.Port // one of them is 0
			switch {
			case p.Protocol != "" && p.Protocol != "TCP", of == nil && p.Name == "": // it cannot be forwarded, or not be meant
				continue
			case isName && p.Name != port, !isName && own != number:
				missing.Ports = append(missing.Ports, strings.TrimSpace(fmt.Sprintf("%s (%d)", p.Name, own)))
				continue
			}
			target := strings.Trim(string(p.TargetPort), `"`)
			if target == "" || !isName && of.Spec.ClusterIP == "None" { // by the number of a headless one the pod's own is meant
				return own, own, nil
			}
			_, remote, err = portOf(pod, nil, target)
			return own, remote, err
		}
	}
	return 0, 0, missing
}
