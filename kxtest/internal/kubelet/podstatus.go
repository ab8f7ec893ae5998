package kubelet

import (
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// nextPodStatus returns a pod's next state on its node. Each of its containers goes one step.
func (n *Node) nextPodStatus(p *podState, current map[string]any) map[string]any {
	next := current
	initialized := true
	var statuses []any
	for _, container := range object.List(current, "spec", "initContainers") {
		old := statusOfContainer(current, "initContainerStatuses", object.Text(container, "name"))
		if old == nil || initialized {
			old = n.nextStatus(p, current, container.(map[string]any), old, "initContainers",
				initialized)
		}
		initialized = initialized && initComplete(current, old)
		statuses = append(statuses, old)
	}
	next = withStatuses(next, "initContainerStatuses", statuses)
	statuses = nil
	for _, container := range object.List(current, "spec", "containers") {
		old := statusOfContainer(current, "containerStatuses", object.Text(container, "name"))
		statuses = append(statuses, n.nextStatus(p, current, container.(map[string]any), old,
			"containers",
			initialized))
	}
	next = withStatuses(next, "containerStatuses", statuses)
	statuses = nil
	for _, container := range object.List(current, "spec", "ephemeralContainers") {
		old := statusOfContainer(current, "ephemeralContainerStatuses", object.Text(container,
			"name"))
		statuses = append(statuses, n.nextStatus(p, current, container.(map[string]any), old,
			"ephemeralContainers",
			true))
	}
	next = withStatuses(next, "ephemeralContainerStatuses", statuses)

	set := func(name string, value any) {
		if object.At(next, "status", name) == nil {
			next = object.With(next, value, "status", name)
		}
	}
	set("hostIP", "127.0.0.1")
	set("hostIPs", []any{map[string]any{"ip": "127.0.0.1"}})
	set("startTime", api.Timestamp())
	if hasSandbox(current) {
		set("podIP", p.address)
		set("podIPs", []any{map[string]any{"ip": p.address}})
	}
	next = object.With(next, podPhase(next), "status", "phase")
	return n.withConditions(next, hasSandbox(current))
}

// initComplete reports whether the next init container may start: this one has succeeded, or is a
// running sidecar (KEP-753).
func initComplete(pod map[string]any, status any) bool {
	code, ended := object.Number(status, "state", "terminated", "exitCode")
	return ended && code == 0 || object.At(status, "state", "running") != nil &&
		api.IsSidecar(pod, object.Text(status, "name"))
}

// hasSandbox reports whether the pod has its network, which comes before its containers.
func hasSandbox(pod map[string]any) bool {
	return len(object.List(pod, "status", "containerStatuses")) > 0
}

func statusOfContainer(pod map[string]any, field, name string) map[string]any {
	for _, status := range object.List(pod, "status", field) {
		if object.Text(status, "name") == name {
			return status.(map[string]any)
		}
	}
	return nil
}

// withStatuses sets container statuses, sorted by name as the kubelet does. Init containers keep
// their order.
func withStatuses(pod map[string]any, field string, statuses []any) map[string]any {
	if len(statuses) == 0 {
		return pod
	}
	if field != "initContainerStatuses" {
		slices.SortFunc(statuses, func(a, b any) int {
			return strings.Compare(object.Text(a, "name"), object.Text(b, "name"))
		})
	}
	return object.With(pod, statuses, "status", field)
}

// podPhase returns the phase of a pod, from the statuses of its containers.
func podPhase(pod map[string]any) string {
	policy := object.Text(pod, "spec", "restartPolicy")
	for _, status := range object.List(pod, "status", "initContainerStatuses") {
		code, ended := object.Number(status, "state", "terminated", "exitCode")
		if ended && code != 0 && policy == "Never" {
			return "Failed"
		}
	}
	running, waiting, succeeded, failed, restarting := 0, 0, 0, 0, 0
	for _, status := range object.List(pod, "status", "containerStatuses") {
		code, ended := object.Number(status, "state", "terminated", "exitCode")
		_, endedBefore := object.Number(status, "lastState", "terminated", "exitCode")
		switch {
		case object.At(status, "state", "running") != nil:
			running++
		case ended && code == 0:
			succeeded++
		case ended:
			failed++
		case endedBefore:
			restarting++
		default:
			waiting++
		}
	}
	switch {
	case waiting > 0:
		return "Pending"
	case running > 0 || restarting > 0 || policy == "Always":
		return "Running"
	case failed == 0:
		return "Succeeded"
	case policy == "Never":
		return "Failed"
	}
	return "Running"
}

// withConditions sets the pod's conditions and its observed generation.
func (n *Node) withConditions(pod map[string]any, sandbox bool) map[string]any {
	var unready, incomplete []string
	for _, status := range object.List(pod, "status", "containerStatuses") {
		ready, _ := object.At(status, "ready").(bool)
		if !ready {
			unready = append(unready, object.Text(status, "name"))
		}
	}
	for _, status := range object.List(pod, "status", "initContainerStatuses") {
		if !initComplete(pod, status) {
			incomplete = append(incomplete, object.Text(status, "name"))
		}
	}
	reason, message := "", ""
	initReason, initMessage := "", ""
	if len(unready) > 0 {
		reason, message = "ContainersNotReady", "containers with unready status: ["+
			strings.Join(unready, " ")+"]"
	}
	if len(incomplete) > 0 {
		initReason, initMessage = "ContainersNotInitialized",
			"containers with incomplete status: ["+
				strings.Join(incomplete, " ")+"]"
	}
	switch object.Text(pod, "status", "phase") {
	case "Succeeded":
		reason, message, initReason = "PodCompleted", "", "PodCompleted"
	case "Failed":
		reason, message = "PodFailed", ""
	}
	ended := reason == "PodCompleted" || reason == "PodFailed"
	conditions := object.List(pod, "status", "conditions")
	for _, c := range []map[string]any{
		condition(pod, "PodReadyToStartContainers", sandbox && !ended, "", ""),
		condition(pod, "Initialized", len(incomplete) == 0, initReason, initMessage),
		condition(pod, "Ready", reason == "", reason, message),
		condition(pod, "ContainersReady", reason == "", reason, message),
		condition(pod, "PodScheduled", true, "", ""),
	} {
		conditions = setCondition(conditions, c)
	}
	order := []string{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
		"PodScheduled"}
	slices.SortStableFunc(conditions, func(a, b any) int {
		return slices.Index(order, object.Text(a, "type")) - slices.Index(order,
			object.Text(b, "type"))
	})
	pod = object.With(pod, conditions, "status", "conditions")
	if generation, ok := object.Number(pod, "metadata", "generation"); ok {
		pod = object.With(pod, generation, "status", "observedGeneration")
	}
	return pod
}

func condition(pod map[string]any, name string, isTrue bool, reason,
	message string) map[string]any {
	c := map[string]any{"type": name, "status": "False", "lastProbeTime": nil}
	if isTrue {
		c["status"] = "True"
	}
	if reason != "" {
		c["reason"] = reason
	}
	if message != "" {
		c["message"] = message
	}
	if generation, ok := object.Number(pod, "metadata", "generation"); ok {
		c["observedGeneration"] = generation
	}
	return c
}

// setCondition adds or replaces a condition. Its transition time stays if its status does.
func setCondition(conditions []any, c map[string]any) []any {
	conditions = slices.Clone(conditions)
	c["lastTransitionTime"] = api.Timestamp()
	for i, old := range conditions {
		if object.Text(old, "type") == c["type"] {
			if object.Text(old, "status") == c["status"] {
				c["lastTransitionTime"] = object.Text(old, "lastTransitionTime")
			}
			conditions[i] = c
			return conditions
		}
	}
	return append(conditions, c)
}
