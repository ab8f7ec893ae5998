package apiserver

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// none is the cell of an empty value.
const none = "<none>"

func commaJoined(values []string) string { return strings.Join(values, ",") }

func textOrNone(value string) string {
	if value == "" {
		return none
	}
	return value
}

// ageOf returns the time since a timestamp, in kubectl's format.
func ageOf(timestamp string) string {
	when, err := time.Parse(time.RFC3339, timestamp)
	if err != nil {
		return "<unknown>"
	}
	return humanDuration(time.Since(when))
}

// humanDuration formats a duration as kubectl does. A small first unit is followed by a second one:
// 4m39s, but 179m.
func humanDuration(d time.Duration) string {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	in := func(unit time.Duration) int64 { return int64(d / unit) }
	twoUnits := func(first time.Duration, firstName string, second time.Duration,
		secondName string) string {
		text := strconv.FormatInt(in(first), 10) + firstName
		rest := int64(d % first / second)
		if rest != 0 {
			text += strconv.FormatInt(rest, 10) + secondName
		}
		return text
	}
	oneUnit := func(unit time.Duration, name string) string {
		return strconv.FormatInt(in(unit),
			10) + name
	}
	switch {
	case d < -time.Second:
		return "<invalid>"
	case d < 0:
		return "0s"
	case d < 2*time.Minute:
		return oneUnit(time.Second, "s")
	case d < 10*time.Minute:
		return twoUnits(time.Minute, "m", time.Second, "s")
	case d < 3*time.Hour:
		return oneUnit(time.Minute, "m")
	case d < 8*time.Hour:
		return twoUnits(time.Hour, "h", time.Minute, "m")
	case d < 2*day:
		return oneUnit(time.Hour, "h")
	case d < 8*day:
		return twoUnits(day, "d", time.Hour, "h")
	case d < 2*year:
		return oneUnit(day, "d")
	case d < 8*year:
		return twoUnits(year, "y", day, "d")
	}
	return oneUnit(year, "y")
}

func conditionOf(o map[string]any, name string) string {
	for _, c := range object.List(o, "status", "conditions") {
		if object.Text(c, "type") == name {
			return object.Text(c, "status")
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
	unschedulable, _ := object.At(o, "spec", "unschedulable").(bool)
	if unschedulable {
		status += ",SchedulingDisabled"
	}
	var roles []string
	for label, value := range object.Fields(o, "metadata", "labels") {
		if role, ok := strings.CutPrefix(label, "node-role.kubernetes.io/"); ok && role != "" {
			roles = append(roles, role)
		} else if label == "kubernetes.io/role" && value != "" {
			roles = append(roles, object.Text(map[string]any{"v": value}, "v"))
		}
	}
	slices.Sort(roles)
	address := func(kind string) string {
		for _, a := range object.List(o, "status", "addresses") {
			if object.Text(a, "type") == kind {
				return object.Text(a, "address")
			}
		}
		return none
	}
	info := func(field string) string {
		value := object.Text(o, "status", "nodeInfo", field)
		if value != "" {
			return value
		}
		return "<unknown>"
	}
	return []any{name, status, textOrNone(commaJoined(roles)), age,
		object.Text(o, "status", "nodeInfo", "kubeletVersion"),
		address("InternalIP"), address("ExternalIP"),
		info("osImage"), info("kernelVersion"), info("containerRuntimeVersion")}
}

func eventCells(o map[string]any, name string) []any {
	age := func(field string) string {
		when := object.Text(o, field)
		if when == "" {
			when = object.Text(o, "eventTime")
		}
		return ageOf(when)
	}
	source := object.Text(o, "source", "component")
	host := object.Text(o, "source", "host")
	if host != "" {
		source += ", " + host
	}
	target := strings.ToLower(object.Text(o, "involvedObject", "kind"))
	named := object.Text(o, "involvedObject", "name")
	if named != "" {
		target += "/" + named
	}
	count, _ := object.Number(o, "count")
	if count == 0 {
		count = 1
	}
	return []any{age("lastTimestamp"), object.Text(o, "type"), object.Text(o, "reason"), target,
		object.Text(o, "involvedObject", "fieldPath"), source,
		strings.TrimSpace(object.Text(o, "message")), age("firstTimestamp"), count, name}
}
