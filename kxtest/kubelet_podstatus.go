package kxtest

import (
	"slices"
	"strings"
)

// status is a pod's next state on its node: every container goes one step.
func (n *node) status(p *pod, current map[string]any) map[string]any {
	next := current
	initialized := true
	var statuses []any
	for _, container := range list(current, "spec", "initContainers") {
		old := statusOfContainer(current, "initContainerStatuses", text(container, "name"))
		if old == nil || initialized {
			old = n.step(p, current, container.(map[string]any), old, "initContainers", initialized)
		}
		initialized = initialized && completeInit(current, old)
		statuses = append(statuses, old)
	}
	next = setStatuses(next, "initContainerStatuses", statuses)
	statuses = nil
	for _, container := range list(current, "spec", "containers") {
		old := statusOfContainer(current, "containerStatuses", text(container, "name"))
		statuses = append(statuses, n.step(p, current, container.(map[string]any), old, "containers", initialized))
	}
	next = setStatuses(next, "containerStatuses", statuses)
	statuses = nil
	for _, container := range list(current, "spec", "ephemeralContainers") {
		old := statusOfContainer(current, "ephemeralContainerStatuses", text(container, "name"))
		statuses = append(statuses, n.step(p, current, container.(map[string]any), old, "ephemeralContainers", true))
	}
	next = setStatuses(next, "ephemeralContainerStatuses", statuses)

	set := func(name string, value any) {
		if at(next, "status", name) == nil {
			next = with(next, value, "status", name)
		}
	}
	set("hostIP", "127.0.0.1")
	set("hostIPs", []any{map[string]any{"ip": "127.0.0.1"}})
	set("startTime", timestamp())
	if hasSandbox(current) {
		set("podIP", p.address)
		set("podIPs", []any{map[string]any{"ip": p.address}})
	}
	next = with(next, phase(next), "status", "phase")
	return n.conditions(next, hasSandbox(current))
}

// completeInit reports whether an init container lets the next one start: it has ended well, or is a sidecar (KEP-753) that runs.
func completeInit(pod map[string]any, status any) bool {
	code, ended := number(status, "state", "terminated", "exitCode")
	return ended && code == 0 || at(status, "state", "running") != nil && sidecar(pod, text(status, "name"))
}

// hasSandbox reports whether the pod has its network: that comes before its containers start.
func hasSandbox(pod map[string]any) bool { return len(list(pod, "status", "containerStatuses")) > 0 }

func statusOfContainer(pod map[string]any, field, name string) map[string]any {
	for _, status := range list(pod, "status", field) {
		if text(status, "name") == name {
			return status.(map[string]any)
		}
	}
	return nil
}

// setStatuses sorts the statuses as the kubelet does, by name; those of init containers stay in their order.
func setStatuses(pod map[string]any, field string, statuses []any) map[string]any {
	if len(statuses) == 0 {
		return pod
	}
	if field != "initContainerStatuses" {
		slices.SortFunc(statuses, func(a, b any) int { return strings.Compare(text(a, "name"), text(b, "name")) })
	}
	return with(pod, statuses, "status", field)
}

// phase is the pod's, from its containers' statuses, as the kubelet has it.
func phase(pod map[string]any) string {
	policy := text(pod, "spec", "restartPolicy")
	for _, status := range list(pod, "status", "initContainerStatuses") {
		code, ended := number(status, "state", "terminated", "exitCode")
		if ended && code != 0 && policy == "Never" {
			return "Failed"
		}
	}
	running, waiting, succeeded, failed, again := 0, 0, 0, 0, 0
	for _, status := range list(pod, "status", "containerStatuses") {
		code, ended := number(status, "state", "terminated", "exitCode")
		_, endedBefore := number(status, "lastState", "terminated", "exitCode")
		switch {
		case at(status, "state", "running") != nil:
			running++
		case ended && code == 0:
			succeeded++
		case ended:
			failed++
		case endedBefore:
			again++
		default:
			waiting++
		}
	}
	switch {
	case waiting > 0:
		return "Pending"
	case running > 0 || again > 0 || policy == "Always":
		return "Running"
	case failed == 0:
		return "Succeeded"
	case policy == "Never":
		return "Failed"
	}
	return "Running"
}

// conditions sets the pod's conditions, and the generation that they are about.
func (n *node) conditions(pod map[string]any, sandbox bool) map[string]any {
	var unready, incomplete []string
	for _, status := range list(pod, "status", "containerStatuses") {
		ready, _ := at(status, "ready").(bool)
		if !ready {
			unready = append(unready, text(status, "name"))
		}
	}
	for _, status := range list(pod, "status", "initContainerStatuses") {
		if !completeInit(pod, status) {
			incomplete = append(incomplete, text(status, "name"))
		}
	}
	reason, message := "", ""
	initReason, initMessage := "", ""
	if len(unready) > 0 {
		reason, message = "ContainersNotReady", "containers with unready status: ["+strings.Join(unready, " ")+"]"
	}
	if len(incomplete) > 0 {
		initReason, initMessage = "ContainersNotInitialized", "containers with incomplete status: ["+strings.Join(incomplete, " ")+"]"
	}
	switch text(pod, "status", "phase") {
	case "Succeeded":
		reason, message, initReason = "PodCompleted", "", "PodCompleted"
	case "Failed":
		reason, message = "PodFailed", ""
	}
	ended := reason == "PodCompleted" || reason == "PodFailed"
	conditions := list(pod, "status", "conditions")
	for _, c := range []map[string]any{
		condition(pod, "PodReadyToStartContainers", sandbox && !ended, "", ""),
		condition(pod, "Initialized", len(incomplete) == 0, initReason, initMessage),
		condition(pod, "Ready", reason == "", reason, message),
		condition(pod, "ContainersReady", reason == "", reason, message),
		condition(pod, "PodScheduled", true, "", ""),
	} {
		conditions = setCondition(conditions, c)
	}
	order := []string{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"}
	slices.SortStableFunc(conditions, func(a, b any) int {
		return slices.Index(order, text(a, "type")) - slices.Index(order, text(b, "type"))
	})
	pod = with(pod, conditions, "status", "conditions")
	if generation, ok := number(pod, "metadata", "generation"); ok {
		pod = with(pod, generation, "status", "observedGeneration")
	}
	return pod
}

func condition(pod map[string]any, name string, holds bool, reason, message string) map[string]any {
	c := map[string]any{"type": name, "status": "False", "lastProbeTime": nil}
	if holds {
		c["status"] = "True"
	}
	if reason != "" {
		c["reason"] = reason
	}
	if message != "" {
		c["message"] = message
	}
	if generation, ok := number(pod, "metadata", "generation"); ok {
		c["observedGeneration"] = generation
	}
	return c
}

// setCondition puts a condition in its place; the time stays unless the condition's status changes.
func setCondition(conditions []any, c map[string]any) []any {
	conditions = slices.Clone(conditions)
	c["lastTransitionTime"] = timestamp()
	for i, old := range conditions {
		if text(old, "type") == c["type"] {
			if text(old, "status") == c["status"] {
				c["lastTransitionTime"] = text(old, "lastTransitionTime")
			}
			conditions[i] = c
			return conditions
		}
	}
	return append(conditions, c)
}
