package resources

import "github.com/go-json-experiment/json/jsontext"

// Event is something that happened to an object (core/v1). Events are kept for an hour, by default.
type Event struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// InvolvedObject is what the event is about.
	InvolvedObject ObjectReference `json:"involvedObject,omitzero"`
	// Reason is for programs, such as "FailedScheduling"; Message is for people.
	Reason  string `json:"reason,omitzero"`
	Message string `json:"message,omitzero"`
	// Source, FirstTimestamp, LastTimestamp and Count are empty in events written through events.k8s.io.
	Source         EventSource `json:"source,omitzero"`
	FirstTimestamp Time        `json:"firstTimestamp,omitzero"`
	LastTimestamp  Time        `json:"lastTimestamp,omitzero"`
	Count          int32       `json:"count,omitzero"`
	// Type is "Normal" or "Warning".
	Type string `json:"type,omitzero"`
	// EventTime is set by events written through events.k8s.io, with digits of a second.
	EventTime Time         `json:"eventTime,omitzero"`
	Series    *EventSeries `json:"series,omitzero"`
	Action    string       `json:"action,omitzero"`
	// Related is a second object that the event is about.
	Related             *ObjectReference `json:"related,omitzero"`
	ReportingController string           `json:"reportingComponent"`
	ReportingInstance   string           `json:"reportingInstance"`
	Unknown             jsontext.Value   `json:",embed"`
}

// EventSource is who reported an event.
type EventSource struct {
	Component string         `json:"component,omitzero"`
	Host      string         `json:"host,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// EventSeries is how often an event has happened so far.
type EventSeries struct {
	Count            int32          `json:"count,omitzero"`
	LastObservedTime Time           `json:"lastObservedTime,omitzero"`
	Unknown          jsontext.Value `json:",embed"`
}

// ObjectReference points to an object, or with FieldPath to a part of it.
type ObjectReference struct {
	Kind            string `json:"kind,omitzero"`
	Namespace       string `json:"namespace,omitzero"`
	Name            string `json:"name,omitzero"`
	UID             string `json:"uid,omitzero"`
	APIVersion      string `json:"apiVersion,omitzero"`
	ResourceVersion string `json:"resourceVersion,omitzero"`
	// FieldPath is such as "spec.containers{web}".
	FieldPath string         `json:"fieldPath,omitzero"`
	Unknown   jsontext.Value `json:",embed"`
}

// APIKind gives the kind of a Event.
func (*Event) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Event", Resource: "events", Namespaced: true}
}

// Meta gives the metadata of x to read or change.
func (x *Event) Meta() *ObjectMeta { return &x.Metadata }
