package diagnosis_test

import (
	"time"

	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/resources"
)

// unschedulable, waiting and the others change a recording to a state that one node on one machine
// does not have. The messages are those of Kubernetes' sources.
func unschedulable(message string) func(*recording) {
	return func(r *recording) { r.pod.Status.Conditions[0].Message = message }
}

func pulling(message string) func(*recording) {
	return func(r *recording) { r.pod.Status.Containers[0].State.Waiting.Message, r.Events = message, nil }
}

func waiting(reason, message string) func(*recording) {
	return func(r *recording) {
		r.pod.Status.Containers[0].State.Waiting = &resources.ContainerStateWaiting{Reason: reason, Message: message}
	}
}

func exited(reason string, code int32) func(*recording) {
	return func(r *recording) {
		last := r.pod.Status.Containers[0].LastState.Terminated
		last.Reason, last.ExitCode = reason, code
	}
}

func withEvent(reason, message string) func(*recording) {
	return func(r *recording) {
		r.Events = []*resources.Event{{Reason: reason, Message: message, LastTimestamp: resources.NewTime(r.Now)}}
	}
}

func podFailed(reason, message string) func(*recording) {
	return func(r *recording) { r.pod.Status.Reason, r.pod.Status.Message = reason, message }
}

func ownedBy(kind, name string) func(*recording) {
	return func(r *recording) {
		controls := true
		r.pod.Metadata.OwnerReferences = []resources.OwnerReference{{Kind: kind, Name: name, Controller: &controls}}
		r.pod.Metadata.Labels = map[string]string{"pod-template-hash": "7d9c"}
	}
}

func nodeNotReady(r *recording) {
	r.node = new(diagnosis.Node)
	r.node.Status.Conditions = []diagnosis.Condition{{Type: "Ready", Status: "Unknown", Reason: "NodeStatusUnknown", Message: "Kubelet stopped posting node status."}}
}

func nodeMissing(r *recording) { r.node = &diagnosis.Node{Missing: true} }

func deletedAt(after time.Duration) func(*recording) {
	return func(r *recording) {
		deadline, grace := resources.NewTime(r.Now.Add(after)), int64(30)
		r.pod.Metadata.DeletionTimestamp, r.pod.Metadata.DeletionGracePeriodSeconds = &deadline, &grace
	}
}

const preemption = ". no new claims to deallocate, preemption: 0/3 nodes are available: 3 Insufficient memory."
