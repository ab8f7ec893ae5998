package subresource

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// mayRestart reports whether the kubelet may run an ended container of the pod again.
//
// The pod's phase and deletion are final. Otherwise the container's restartPolicyRules (KEP-5307)
// decide first, then its restartPolicy, then the pod's
// (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
func mayRestart(pod *resources.PodOutline, name string) bool {
	container, kind := pod.Spec.Container(name)
	if container == nil || kind == resources.KindEphemeralContainer || pod.Status.Ended() ||
		pod.Metadata.DeletionTimestamp != nil {
		return false
	}
	ended := pod.Status.Container(name).State.Terminated
	if ended == nil {
		return true // it waits, perhaps for its restart
	}
	if restartsByRule(container.Unknown, ended.ExitCode) {
		return true
	}
	policy := pod.Spec.RestartPolicy
	if container.RestartPolicy != nil {
		policy = *container.RestartPolicy
	} else if kind == resources.KindInitContainer && policy == "Always" {
		policy = "OnFailure" // of an init container that is no sidecar
	}
	switch policy {
	case "Never":
		return false
	case "OnFailure":
		return ended.ExitCode != 0
	}
	return true
}

// restartsByRule reports whether a rule of the container restarts it after an exit code.
func restartsByRule(container jsontext.Value, code int32) bool {
	var spec struct {
		Rules []struct {
			ExitCodes struct {
				Operator string  `json:"operator"`
				Values   []int32 `json:"values"`
			} `json:"exitCodes"`
		} `json:"restartPolicyRules"`
	}
	if json.Unmarshal(container, &spec) != nil {
		return false // there are no rules
	}
	for _, rule := range spec.Rules {
		if slices.Contains(rule.ExitCodes.Values, code) == (rule.ExitCodes.Operator == "In") {
			return true
		}
	}
	return false
}

// logRun is a run of a container: from a start to the end that follows it.
type logRun struct {
	id     string // containerID
	number int64  // counts from 0
}

// logRuns returns the runs of a container whose logs the node may have, by the pod's status.
// current is the one that the server reads without LogOptions.Previous. Their ids are empty if they
// do not exist.
func logRuns(status *resources.ContainerStatusOutline) (current, previous logRun, running bool) {
	var more struct {
		RestartCount int64 `json:"restartCount"`
	}
	_ = json.Unmarshal(status.Unknown, &more) // without a count there are no restarts
	state, last := &status.State, status.LastTerminationState.Terminated
	switch {
	case state.Running != nil:
		current, running = logRun{status.ContainerID, more.RestartCount}, true
	case state.Terminated != nil:
		current = logRun{state.Terminated.ContainerID, more.RestartCount}
	}
	if last == nil || last.ContainerID == "" {
		return current, previous, running
	}
	previous = logRun{last.ContainerID, more.RestartCount}
	if current.id != "" {
		previous.number--
	}
	return current, previous, running
}
