package kxtest

import (
	"slices"
	"strconv"
	"time"
)

func podCells(o map[string]any, name, age string) []any {
	status, ready, restarts := podSummary(o)
	addresses := list(o, "status", "podIPs")
	address := text(o, "status", "podIP")
	if len(addresses) > 0 {
		address = text(addresses[0], "ip")
	}
	gates := none
	wanted := list(o, "spec", "readinessGates")
	if len(wanted) > 0 {
		met := 0
		for _, gate := range wanted {
			if conditionOf(o, text(gate, "conditionType")) == "True" {
				met++
			}
		}
		gates = strconv.Itoa(met) + "/" + strconv.Itoa(len(wanted))
	}
	total := len(list(o, "spec", "containers"))
	for _, container := range list(o, "spec", "initContainers") {
		if text(container, "restartPolicy") == "Always" {
			total++
		}
	}
	return []any{name, strconv.Itoa(ready) + "/" + strconv.Itoa(total), status, restarts, age,
		orNone(address), orNone(text(o, "spec", "nodeName")), orNone(text(o, "status", "nominatedNodeName")), gates}
}

// podSummary is the one word that kubectl shows for a pod, how many containers are ready, and how often they were restarted.
func podSummary(o map[string]any) (status string, ready int, restarts string) {
	status = text(o, "status", "phase")
	if reason := text(o, "status", "reason"); reason != "" {
		status = reason
	}
	for _, c := range list(o, "status", "conditions") {
		if text(c, "type") == "PodScheduled" && text(c, "reason") == "SchedulingGated" {
			status = "SchedulingGated"
		}
	}
	count, last := int64(0), time.Time{}
	add := func(s any) {
		n, _ := number(s, "restartCount")
		count += n
		if when, err := time.Parse(time.RFC3339, text(s, "lastState", "terminated", "finishedAt")); err == nil && when.After(last) {
			last = when
		}
	}
	initializing := false
	inits := list(o, "status", "initContainerStatuses")
	for i, s := range inits {
		add(s)
		code, ended := number(s, "state", "terminated", "exitCode")
		reason := text(s, "state", "waiting", "reason")
		isReady, _ := at(s, "ready").(bool)
		switch {
		case ended && code == 0:
			continue
		case sidecar(o, text(s, "name")) && at(s, "started") == true:
			if isReady {
				ready++
			}
			continue
		case ended:
			status = "Init:" + exitText(s)
		case reason != "" && reason != "PodInitializing":
			status = "Init:" + reason
		default:
			status = "Init:" + strconv.Itoa(i) + "/" + strconv.Itoa(len(list(o, "spec", "initContainers")))
		}
		initializing = true
		break
	}
	if !initializing {
		running := false
		statuses := list(o, "status", "containerStatuses")
		for _, s := range slices.Backward(statuses) {
			add(s)
			isReady, _ := at(s, "ready").(bool)
			reason := text(s, "state", "waiting", "reason")
			switch {
			case reason != "":
				status = reason
			case at(s, "state", "terminated") != nil:
				status = exitText(s)
			case isReady && at(s, "state", "running") != nil:
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
	if at(o, "metadata", "deletionTimestamp") != nil {
		if text(o, "status", "reason") == "NodeLost" {
			status = "Unknown"
		} else if phase := text(o, "status", "phase"); phase != "Succeeded" && phase != "Failed" {
			status = "Terminating"
		}
	}
	restarts = strconv.FormatInt(count, 10)
	if count > 0 && !last.IsZero() {
		restarts += " (" + humanDuration(time.Since(last)) + " ago)"
	}
	return status, ready, restarts
}

// exitText is how an ended container shows.
func exitText(status any) string {
	reason := text(status, "state", "terminated", "reason")
	if reason != "" {
		return reason
	}
	signal, _ := number(status, "state", "terminated", "signal")
	if signal != 0 {
		return "Signal:" + strconv.FormatInt(signal, 10)
	}
	code, _ := number(status, "state", "terminated", "exitCode")
	return "ExitCode:" + strconv.FormatInt(code, 10)
}
