package object

import (
	"fmt"
	"maps"
)

// eventFields are the fields of an Event in core/v1 that have another name in events.k8s.io/v1.
var eventFields = map[string]string{
	"involvedObject":     "regarding",
	"message":            "note",
	"source":             "deprecatedSource",
	"firstTimestamp":     "deprecatedFirstTimestamp",
	"lastTimestamp":      "deprecatedLastTimestamp",
	"count":              "deprecatedCount",
	"reportingComponent": "reportingController",
}

// EventsV1Event returns an Event of core/v1 in the form of events.k8s.io/v1.
func EventsV1Event(event map[string]any) map[string]any {
	converted := maps.Clone(event)
	for from, to := range eventFields {
		value, ok := event[from]
		delete(converted, from)
		if ok && value != "" {
			converted[to] = value
		}
	}
	for _, name := range []string{"reportingInstance", "action", "reason", "type"} {
		if converted[name] == "" {
			delete(converted, name)
		}
	}
	return converted
}

// CoreV1Event returns an Event of events.k8s.io/v1 in the form of core/v1.
func CoreV1Event(event map[string]any) map[string]any {
	converted := maps.Clone(event)
	for to, from := range eventFields {
		value, ok := event[from]
		delete(converted, from)
		if ok {
			converted[to] = value
		}
	}
	for _, name := range []string{"reportingComponent", "reportingInstance"} {
		setDefault(converted, name, "")
	}
	return converted
}

// maxEventText is the limit of several texts of an Event in bytes, and maxEventNote that of its
// note.
const (
	maxEventText = 128
	maxEventNote = 1024
)

// validateEventsV1Event checks a new Event of events.k8s.io/v1. The server names the fields as its
// internal type, which is that of core/v1 (ValidateEventCreate of pkg/apis/core/validation).
func validateEventsV1Event(event map[string]any) []FieldError {
	var errs []FieldError
	isTimed := At(event, "eventTime") != nil
	namespace := Text(event, "metadata", "namespace")
	about := Text(event, "regarding", "namespace")
	fits := about == namespace || about == "" && namespace == "default"
	if isTimed {
		fits = about != "" || namespace == "default" || namespace == "kube-system"
	}
	if !fits {
		errs = append(errs, invalidValue("involvedObject.namespace", about,
			"does not match event.namespace"))
	}
	if isTimed {
		errs = append(errs, validateEventTexts(event)...)
	} else {
		errs = append(errs, required("eventTime", ""))
	}
	kind := Text(event, "type")
	if kind != "Normal" && kind != "Warning" {
		errs = append(errs, invalidValue("type", "", "has invalid value: "+kind))
	}
	for _, name := range []string{"firstTimestamp", "lastTimestamp", "count", "source"} {
		value := event[eventFields[name]]
		if value != nil && !Equal(value, map[string]any{}) {
			errs = append(errs, invalidValue(name, "", "needs to be unset"))
		}
	}
	return errs
}

// validateEventTexts checks the texts that an Event with an eventTime needs.
func validateEventTexts(event map[string]any) []FieldError {
	var errs []FieldError
	controller := Text(event, "reportingController")
	if controller == "" {
		errs = append(errs, required("reportingController", ""))
	}
	for _, fault := range qualifiedName(controller) {
		errs = append(errs, invalidValue("reportingController", controller, fault))
	}
	for _, name := range []string{"reportingInstance", "action", "reason"} {
		text := Text(event, name)
		switch {
		case text == "":
			errs = append(errs, required(name, ""))
		case len(text) > maxEventText:
			errs = append(errs, invalidValue(name, "",
				fmt.Sprintf("can have at most %d characters", maxEventText)))
		}
	}
	if len(Text(event, "note")) > maxEventNote {
		errs = append(errs, invalidValue("message", "",
			fmt.Sprintf("can have at most %d characters", maxEventNote)))
	}
	return errs
}
