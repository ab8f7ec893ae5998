package apiserver

import (
	"slices"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/resources"
)

func podCells(o map[string]any, name, age string) []any {
	status, ready, restarts := podSummary(o)
	addresses := object.List(o, "status", "podIPs")
	address := object.Text(o, "status", "podIP")
	if len(addresses) > 0 {
		address = object.Text(addresses[0], "ip")
	}
	gates := none
	wanted := object.List(o, "spec", "readinessGates")
	if len(wanted) > 0 {
		met := 0
		for _, gate := range wanted {
			if conditionOf(o, object.Text(gate, "conditionType")) == "True" {
				met++
			}
		}
		gates = strconv.Itoa(met) + "/" + strconv.Itoa(len(wanted))
	}
	total := len(object.List(o, "spec", "containers"))
	for _, container := range object.List(o, "spec", "initContainers") {
		if object.Text(container, "restartPolicy") == "Always" {
			total++
		}
	}
	return []any{name, strconv.Itoa(ready) + "/" + strconv.Itoa(total), status, restarts, age,
		textOrNone(address), textOrNone(object.Text(o, "spec", "nodeName")),
		textOrNone(object.Text(o, "status", "nominatedNodeName")), gates}
}

// podSummary returns kubectl's STATUS, READY (its first number) and RESTARTS of a pod.
func podSummary(o map[string]any) (status string, ready int, restarts string) {
	status = object.Text(o, "status", "phase")
	podReason := object.Text(o, "status", "reason")
	if podReason != "" {
		status = podReason
	}
	for _, c := range object.List(o, "status", "conditions") {
		if object.Text(c, "type") == "PodScheduled" &&
			object.Text(c, "reason") == "SchedulingGated" {
			status = "SchedulingGated"
		}
	}
	count, last := int64(0), time.Time{}
	add := func(s any) {
		n, _ := object.Number(s, "restartCount")
		count += n
		if when, err := time.Parse(time.RFC3339, object.Text(s, "lastState", "terminated",
			"finishedAt")); err == nil &&
			when.After(last) {
			last = when
		}
	}
	initializing := false
	inits := object.List(o, "status", "initContainerStatuses")
	for i, s := range inits {
		add(s)
		code, ended := object.Number(s, "state", "terminated", "exitCode")
		reason := object.Text(s, "state", "waiting", "reason")
		isReady, _ := object.At(s, "ready").(bool)
		switch {
		case ended && code == 0:
			continue
		case api.IsSidecar(o, object.Text(s, "name")) && object.At(s, "started") == true:
			if isReady {
				ready++
			}
			continue
		case ended:
			status = "Init:" + exitText(s)
		case reason != "" && reason != "PodInitializing":
			status = "Init:" + reason
		default:
			status = "Init:" + strconv.Itoa(i) + "/" +
				strconv.Itoa(len(object.List(o, "spec", "initContainers")))
		}
		initializing = true
		break
	}
	if !initializing {
		running := false
		statuses := object.List(o, "status", "containerStatuses")
		for _, s := range slices.Backward(statuses) {
			add(s)
			isReady, _ := object.At(s, "ready").(bool)
			reason := object.Text(s, "state", "waiting", "reason")
			switch {
			case reason != "":
				status = reason
			case object.At(s, "state", "terminated") != nil:
				status = exitText(s)
			case isReady && object.At(s, "state", "running") != nil:
				running = true
				ready++
			}
		}
		if status == "Completed" && running {
			status = "NotReady"
			if conditionOf(o, "Ready") == "True" {
				status = "Running"
			}
		}
	}
	if object.At(o, "metadata", "deletionTimestamp") != nil {
		switch {
		case podReason == "NodeLost":
			status = "Unknown"
		case !resources.PhaseEnded(object.Text(o, "status", "phase")):
			status = "Terminating"
		}
	}
	restarts = strconv.FormatInt(count, 10)
	if count > 0 && !last.IsZero() {
		restarts += " (" + humanDuration(time.Since(last)) + " ago)"
	}
	return status, ready, restarts
}

// exitText returns the STATUS of a terminated container.
func exitText(status any) string {
	reason := object.Text(status, "state", "terminated", "reason")
	if reason != "" {
		return reason
	}
	signal, _ := object.Number(status, "state", "terminated", "signal")
	if signal != 0 {
		return "Signal:" + strconv.FormatInt(signal, 10)
	}
	code, _ := object.Number(status, "state", "terminated", "exitCode")
	return "ExitCode:" + strconv.FormatInt(code, 10)
}
