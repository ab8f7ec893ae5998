package resources

import "iter"

// ContainerKind is the kind of a container within its pod.
type ContainerKind string

// The kinds of containers. Their texts are for messages.
const (
	KindContainer          ContainerKind = "container"
	KindInitContainer      ContainerKind = "init container"
	KindEphemeralContainer ContainerKind = "ephemeral container"
)

// AllContainers returns the containers of every kind, in kubectl's order: spec.containers,
// spec.ephemeralContainers, spec.initContainers.
func (s *PodOutlineSpec) AllContainers() iter.Seq2[ContainerKind, *ContainerOutline] {
	return func(yield func(ContainerKind, *ContainerOutline) bool) {
		for _, list := range []struct {
			kind       ContainerKind
			containers []ContainerOutline
		}{
			{KindContainer, s.Containers},
			{KindEphemeralContainer, s.EphemeralContainers},
			{KindInitContainer, s.InitContainers},
		} {
			for i := range list.containers {
				if !yield(list.kind, &list.containers[i]) {
					return
				}
			}
		}
	}
}

// Container returns the container called name and its kind, or nil and "". Names are unique among
// all kinds.
func (s *PodOutlineSpec) Container(name string) (*ContainerOutline, ContainerKind) {
	for kind, c := range s.AllContainers() {
		if c.Name == name {
			return c, kind
		}
	}
	return nil, ""
}

// Container returns the status of the container called name, of any kind.
// It returns an empty status if the kubelet has reported none yet.
func (s *PodOutlineStatus) Container(name string) *ContainerStatusOutline {
	for _, list := range [][]ContainerStatusOutline{
		s.ContainerStatuses, s.EphemeralContainerStatuses, s.InitContainerStatuses,
	} {
		for i := range list {
			if list[i].Name == name {
				return &list[i]
			}
		}
	}
	return &ContainerStatusOutline{}
}

// PhaseEnded reports whether phase is Succeeded or Failed. The kubelet starts no container in such
// a pod, and the phase is final
// (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase).
func PhaseEnded(phase string) bool { return phase == "Succeeded" || phase == "Failed" }

// Ended reports whether all containers of the pod have ended and none is started anymore. See
// [PhaseEnded].
func (s *PodStatus) Ended() bool { return PhaseEnded(s.Phase) }

// Ended reports whether all containers of the pod have ended and none is started anymore. See
// [PhaseEnded].
func (s *PodOutlineStatus) Ended() bool { return PhaseEnded(s.Phase) }
