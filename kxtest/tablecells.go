package kxtest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// none is what a Table shows where there is nothing.
const none = "<none>"

func join(values []string) string { return strings.Join(values, ",") }

func orNone(value string) string {
	if value == "" {
		return none
	}
	return value
}

// ageOf is how long ago a time was, as kubectl shows it.
func ageOf(timestamp string) string {
	when, err := time.Parse(time.RFC3339, timestamp)
	if err != nil {
		return "<unknown>"
	}
	return humanDuration(time.Since(when))
}

// humanDuration has two units where the first is small, one where it is not.
func humanDuration(d time.Duration) string {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	in := func(unit time.Duration) int64 { return int64(d / unit) }
	two := func(first time.Duration, firstName string, second time.Duration, secondName string) string {
		text := strconv.FormatInt(in(first), 10) + firstName
		rest := int64(d % first / second)
		if rest != 0 {
			text += strconv.FormatInt(rest, 10) + secondName
		}
		return text
	}
	one := func(unit time.Duration, name string) string { return strconv.FormatInt(in(unit), 10) + name }
	switch {
	case d < -time.Second:
		return "<invalid>"
	case d < 0:
		return "0s"
	case d < 2*time.Minute:
		return one(time.Second, "s")
	case d < 10*time.Minute:
		return two(time.Minute, "m", time.Second, "s")
	case d < 3*time.Hour:
		return one(time.Minute, "m")
	case d < 8*time.Hour:
		return two(time.Hour, "h", time.Minute, "m")
	case d < 2*day:
		return one(time.Hour, "h")
	case d < 8*day:
		return two(day, "d", time.Hour, "h")
	case d < 2*year:
		return one(day, "d")
	case d < 8*year:
		return two(year, "y", day, "d")
	}
	return one(year, "y")
}

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

func sidecar(o map[string]any, name string) bool {
	return slices.ContainsFunc(list(o, "spec", "initContainers"), func(container any) bool {
		return text(container, "name") == name && text(container, "restartPolicy") == "Always"
	})
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

func conditionOf(o map[string]any, name string) string {
	for _, c := range list(o, "status", "conditions") {
		if text(c, "type") == name {
			return text(c, "status")
		}
	}
	return ""
}

func nodeCells(o map[string]any, name, age string) []any {
	status := "Unknown"
	switch conditionOf(o, "Ready") {
	case "True":
		status = "Ready"
	case "False", "Unknown":
		status = "NotReady"
	}
	off, _ := at(o, "spec", "unschedulable").(bool)
	if off {
		status += ",SchedulingDisabled"
	}
	var roles []string
	for label, value := range fields(o, "metadata", "labels") {
		if role, ok := strings.CutPrefix(label, "node-role.kubernetes.io/"); ok && role != "" {
			roles = append(roles, role)
		} else if label == "kubernetes.io/role" && value != "" {
			roles = append(roles, text(map[string]any{"v": value}, "v"))
		}
	}
	slices.Sort(roles)
	address := func(kind string) string {
		for _, a := range list(o, "status", "addresses") {
			if text(a, "type") == kind {
				return text(a, "address")
			}
		}
		return none
	}
	info := func(field string) string {
		value := text(o, "status", "nodeInfo", field)
		if value != "" {
			return value
		}
		return "<unknown>"
	}
	return []any{name, status, orNone(join(roles)), age, text(o, "status", "nodeInfo", "kubeletVersion"), address("InternalIP"), address("ExternalIP"),
		info("osImage"), info("kernelVersion"), info("containerRuntimeVersion")}
}

func eventCells(o map[string]any, name string) []any {
	age := func(field string) string {
		when := text(o, field)
		if when == "" {
			when = text(o, "eventTime")
		}
		return ageOf(when)
	}
	source := text(o, "source", "component")
	host := text(o, "source", "host")
	if host != "" {
		source += ", " + host
	}
	target := strings.ToLower(text(o, "involvedObject", "kind"))
	named := text(o, "involvedObject", "name")
	if named != "" {
		target += "/" + named
	}
	count, _ := number(o, "count")
	if count == 0 {
		count = 1
	}
	return []any{age("lastTimestamp"), text(o, "type"), text(o, "reason"), target, text(o, "involvedObject", "fieldPath"), source,
		strings.TrimSpace(text(o, "message")), age("firstTimestamp"), count, name}
}
