package diagnosis

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
)

// Pod is the part of a pod that tells how it is. It has fewer types than resources.Pod, which keeps
// programs small.
type Pod struct {
	Metadata resources.ObjectMeta `json:"metadata"`
	Spec     PodSpec              `json:"spec"`
	Status   PodStatus            `json:"status"`
}

// PodSpec is the part of a pod's spec that explains its state.
type PodSpec struct {
	NodeName            string            `json:"nodeName"`
	NodeSelector        map[string]string `json:"nodeSelector"`
	ServiceAccountName  string            `json:"serviceAccountName"`
	PriorityClassName   string            `json:"priorityClassName"`
	Priority            int32             `json:"priority"`
	RestartPolicy       string            `json:"restartPolicy"`
	RuntimeClassName    string            `json:"runtimeClassName"`
	SchedulerName       string            `json:"schedulerName"`
	ImagePullSecrets    []Named           `json:"imagePullSecrets"`
	SchedulingGates     []Named           `json:"schedulingGates"`
	Volumes             []Volume          `json:"volumes"`
	InitContainers      []Container       `json:"initContainers"`
	Containers          []Container       `json:"containers"`
	EphemeralContainers []Container       `json:"ephemeralContainers"`
}

// Named is a list's element that has a name alone.
type Named struct {
	Name string `json:"name"`
}

// Volume is a volume of a pod. Source has one member, whose key is the kind, such as configMap.
type Volume struct {
	Name   string                  `json:"name"`
	Source map[string]VolumeSource `json:",embed"`
}

// VolumeSource names what a volume holds. Which field is set depends on the kind.
type VolumeSource struct {
	Name       string `json:"name"`
	SecretName string `json:"secretName"`
	ClaimName  string `json:"claimName"`
	Path       string `json:"path"`
	Driver     string `json:"driver"`
	Server     string `json:"server"`
	Reference  string `json:"reference"`
}

// Container is a container of any kind.
type Container struct {
	Name           string          `json:"name"`
	Image          string          `json:"image"`
	RestartPolicy  string          `json:"restartPolicy"`
	Target         string          `json:"targetContainerName"`
	Stdin          bool            `json:"stdin"`
	TTY            bool            `json:"tty"`
	Resources      Resources       `json:"resources"`
	StartupProbe   *Probe          `json:"startupProbe"`
	LivenessProbe  *Probe          `json:"livenessProbe"`
	ReadinessProbe *Probe          `json:"readinessProbe"`
	Mounts         []Mount         `json:"volumeMounts"`
	Ports          []Port          `json:"ports"`
	Security       SecurityContext `json:"securityContext"`
}

// Resources are the requests and limits of a container.
type Resources struct {
	Requests map[string]resources.Quantity `json:"requests"`
	Limits   map[string]resources.Quantity `json:"limits"`
}

// Mount is a volume in a container.
type Mount struct {
	Name     string `json:"name"`
	Path     string `json:"mountPath"`
	SubPath  string `json:"subPath"`
	ReadOnly bool   `json:"readOnly"`
}

// Port is a port of a container.
type Port struct {
	HostPort int32 `json:"hostPort"`
}

// SecurityContext is what distinguishes the profiles of debug containers.
type SecurityContext struct {
	Privileged   bool `json:"privileged"`
	RunAsNonRoot bool `json:"runAsNonRoot"`
	Capabilities struct {
		Add  []string `json:"add"`
		Drop []string `json:"drop"`
	} `json:"capabilities"`
}

// PodStatus is the part of a pod's status that the diagnosis reads.
type PodStatus struct {
	Phase               string         `json:"phase"`
	Reason              string         `json:"reason"`
	Message             string         `json:"message"`
	Conditions          []Condition    `json:"conditions"`
	HostIP              string         `json:"hostIP"`
	PodIPs              []PodIP        `json:"podIPs"`
	StartTime           resources.Time `json:"startTime"`
	QOSClass            string         `json:"qosClass"`
	InitContainers      []Status       `json:"initContainerStatuses"`
	Containers          []Status       `json:"containerStatuses"`
	EphemeralContainers []Status       `json:"ephemeralContainerStatuses"`
}

// PodIP is an address of a pod.
type PodIP struct {
	IP string `json:"ip"`
}

// Condition is a condition of a pod or a node.
type Condition struct {
	Type    string         `json:"type"`
	Status  string         `json:"status"`
	Reason  string         `json:"reason"`
	Message string         `json:"message"`
	Since   resources.Time `json:"lastTransitionTime"`
}

// Status is the state of a container.
type Status struct {
	Name         string                   `json:"name"`
	State        resources.ContainerState `json:"state"`
	LastState    resources.ContainerState `json:"lastState"`
	Ready        bool                     `json:"ready"`
	Started      bool                     `json:"started"`
	RestartCount int32                    `json:"restartCount"`
	ImageID      string                   `json:"imageID"`
}

// Node is the part of a node that decides about its pods.
type Node struct {
	Spec struct {
		Unschedulable bool `json:"unschedulable"`
	} `json:"spec"`
	Status struct {
		Conditions []Condition `json:"conditions"`
	} `json:"status"`
	// Missing is true if the server has no node of that name.
	Missing bool `json:"-"`
}

// Ready returns the node's condition Ready. Its Status is "" if there is none.
func (n *Node) Ready() Condition { return conditionOf(n.Status.Conditions, "Ready") }

// Read returns what the diagnosis needs of a pod.
func Read(outline *resources.PodOutline) (*Pod, error) {
	document, err := json.Marshal(outline)
	if err != nil {
		return nil, err
	}
	pod := new(Pod)
	if err := json.Unmarshal(document, pod); err != nil {
		return nil, fmt.Errorf("pod %s cannot be decoded: %w", outline.Metadata.Name, err)
	}
	return pod, nil
}

// AllContainers returns the containers of every kind in the order in which they start:
// spec.initContainers, spec.containers, spec.ephemeralContainers.
func (p *Pod) AllContainers() iter.Seq2[resources.ContainerKind, *Container] {
	return func(yield func(resources.ContainerKind, *Container) bool) {
		for i, list := range [][]Container{p.Spec.InitContainers, p.Spec.Containers,
			p.Spec.EphemeralContainers} {
			kind := []resources.ContainerKind{resources.KindInitContainer,
				resources.KindContainer, resources.KindEphemeralContainer}[i]
			for j := range list {
				if !yield(kind, &list[j]) {
					return
				}
			}
		}
	}
}

// StatusOf returns the state of a container. It is empty if the kubelet has reported none yet.
func (p *Pod) StatusOf(container string) *Status {
	s := &p.Status
	for _, list := range [][]Status{s.Containers, s.InitContainers, s.EphemeralContainers} {
		for i := range list {
			if list[i].Name == container {
				return &list[i]
			}
		}
	}
	return new(Status)
}

// Ended reports whether the pod has ended for good.
func (p *Pod) Ended() bool { return resources.PhaseEnded(p.Status.Phase) }

// Condition returns a condition of the pod. Its Status is "" if there is none of that type.
func (p *Pod) Condition(name string) Condition { return conditionOf(p.Status.Conditions, name) }

func conditionOf(all []Condition, name string) Condition {
	i := slices.IndexFunc(all, func(c Condition) bool { return c.Type == name })
	if i < 0 {
		return Condition{}
	}
	return all[i]
}

// Owner returns the object whose spec decides about the pod, such as "Deployment/web", or "". A
// Deployment is found by the names that its controller gives to ReplicaSets: the server is not
// asked.
func (p *Pod) Owner() string {
	for i := range p.Metadata.OwnerReferences {
		o := &p.Metadata.OwnerReferences[i]
		if o.Controller == nil || !*o.Controller {
			continue
		}
		hash := p.Metadata.Labels["pod-template-hash"]
		name, ok := strings.CutSuffix(o.Name, "-"+hash)
		if o.Kind == "ReplicaSet" && hash != "" && ok {
			return "Deployment/" + name
		}
		return o.Kind + "/" + o.Name
	}
	return ""
}
