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
