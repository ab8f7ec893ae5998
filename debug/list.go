package debug

import (
	"context"
	"iter"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// The states of an EphemeralContainer.
const (
	StateWaiting = "Waiting"
	StateRunning = "Running"
	StateExited  = "Exited"
)

// EphemeralContainer is an ephemeral container of a pod, as last seen.
type EphemeralContainer struct {
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
	Name      string `json:"container"`
	// State is StateWaiting, StateRunning or StateExited.
	State string `json:"state"`
	// Reason is why the container waits or how it has ended, in the words of the pod's status.
	Reason string `json:"reason,omitzero"`
	// ExitCode is nil unless the container has ended.
	ExitCode *int32 `json:"exitCode,omitzero"`
	Image    string `json:"image"`
	// Target is the container whose processes this one shares, or "".
	Target string `json:"target,omitzero"`
	// AddedBy is the field manager that added the container, such as kx or kubectl.
	// It is empty when the pod's managedFields have no entry for the container.
	AddedBy string `json:"addedBy,omitzero"`
	// Added is the last time that this manager wrote to the pod's ephemeral containers:
	// the container was added then or earlier.
	Added resources.Time `json:"added,omitzero"`
	// Started is zero until the container has started.
	Started resources.Time `json:"started,omitzero"`
}

// List returns the ephemeral containers of all pods that o selects, pod by pod and in the pod's
// order. It reads the pods page by page, which needs the right to list pods. An error is the last
// element.
func List(ctx context.Context, api *resources.API[resources.Pod],
	o resources.ListOptions) iter.Seq2[*EphemeralContainer, error] {
	return func(yield func(*EphemeralContainer, error) bool) {
		for pod, err := range resources.As[resources.PodOutline](api).All(ctx, o) {
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range EphemeralContainersOf(pod) {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// EphemeralContainersOf returns the ephemeral containers of pod.
func EphemeralContainersOf(pod *resources.PodOutline) (all []*EphemeralContainer) {
	for i := range pod.Spec.EphemeralContainers {
		c := newEphemeralContainer(pod, &pod.Spec.EphemeralContainers[i])
		c.AddedBy, c.Added = addedBy(&pod.Metadata, c.Name)
		all = append(all, c)
	}
	return all
}

// newEphemeralContainer returns the state of a container of pod, which may be of any kind.
func newEphemeralContainer(pod *resources.PodOutline,
	spec *resources.ContainerOutline) *EphemeralContainer {
	c := &EphemeralContainer{
		Namespace: pod.Metadata.Namespace, Pod: pod.Metadata.Name, Name: spec.Name,
		State: StateWaiting, Image: spec.Image, Target: spec.TargetContainerName,
	}
	state := &pod.Status.Container(spec.Name).State
	switch {
	case state.Running != nil:
		c.State, c.Started = StateRunning, state.Running.StartedAt
	case state.Terminated != nil:
		ended := state.Terminated
		c.State, c.Reason, c.ExitCode, c.Started = StateExited, ended.Reason, &ended.ExitCode,
			ended.StartedAt
	case state.Waiting != nil:
		c.Reason = state.Waiting.Reason
	}
	return c
}

// addedBy returns the field manager that owns an ephemeral container, and when it last wrote, from
// the pod's managedFields:
// https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
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
