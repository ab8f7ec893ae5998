package debug

import (
	"context"
	"iter"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// The states of a Container.
const (
	StateWaiting = "Waiting"
	StateRunning = "Running"
	StateExited  = "Exited"
)

// Container is an ephemeral container of a pod, as it was seen last.
type Container struct {
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
	Name      string `json:"container"`
	// State is StateWaiting, StateRunning or StateExited, and Reason why it waits or how it has ended, in the words of the pod's status.
	State  string `json:"state"`
	Reason string `json:"reason,omitzero"`
	// ExitCode is nil unless it has ended.
	ExitCode *int32 `json:"exitCode,omitzero"`
	Image    string `json:"image"`
	// Target is the container whose processes it sees, empty for none.
	Target string `json:"target,omitzero"`
	// AddedBy is the field manager that added it, such as kx or kubectl, and Added when that manager last wrote to the pod's ephemeral containers:
	// it was added then, or before. Both are empty where the pod's managedFields do not tell.
	AddedBy string         `json:"addedBy,omitzero"`
	Added   resources.Time `json:"added,omitzero"`
	// Started is not set until it has started.
	Started resources.Time `json:"started,omitzero"`
}

// List gives the ephemeral containers of all pods that o selects, page by page, pod by pod, each pod's in the order in which the pod has them.
// It takes the verb list for pods. An error is the last that comes.
func List(ctx context.Context, api *resources.API[resources.Pod], o resources.ListOptions) iter.Seq2[*Container, error] {
	return func(yield func(*Container, error) bool) {
		for pod, err := range resources.As[resources.PodOutline](api).All(ctx, o) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range Containers(pod) {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// Containers gives the ephemeral containers of pod.
func Containers(pod *resources.PodOutline) (all []*Container) {
	for i := range pod.Spec.EphemeralContainers {
		spec := &pod.Spec.EphemeralContainers[i]
		c := &Container{Namespace: pod.Metadata.Namespace, Pod: pod.Metadata.Name, Name: spec.Name, State: StateWaiting, Image: spec.Image, Target: spec.TargetContainerName}
		state := &statusOf(pod, spec.Name).State
		switch {
		case state.Running != nil:
			c.State, c.Started = StateRunning, state.Running.StartedAt
		case state.Terminated != nil:
			ended := state.Terminated
			c.State, c.Reason, c.ExitCode, c.Started = StateExited, ended.Reason, &ended.ExitCode, ended.StartedAt
		case state.Waiting != nil:
			c.Reason = state.Waiting.Reason
		}
		c.AddedBy, c.Added = addedBy(&pod.Metadata, spec.Name)
		all = append(all, c)
	}
	return all
}

// addedBy finds who owns an ephemeral container by pod's managedFields (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
func addedBy(pod *resources.ObjectMeta, container string) (manager string, at resources.Time) {
	key := `k:{"name":` + strconv.Quote(container) + `}`
	for i := range pod.ManagedFields {
		var fields struct {
			Spec struct {
				Containers map[string]jsontext.Value `json:"f:ephemeralContainers"`
			} `json:"f:spec"`
		}
		entry := &pod.ManagedFields[i]
		if json.Unmarshal(entry.FieldsV1, &fields) != nil || fields.Spec.Containers[key] == nil {
			continue
		}
		if entry.Time != nil {
			at = *entry.Time
		}
		return entry.Manager, at
	}
	return "", at
}
