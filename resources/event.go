package resources

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Event is a report of something that happened to an object (core/v1). By default the API server
// deletes events after an hour.
type Event struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// InvolvedObject is the object that the event is about.
	InvolvedObject ObjectReference `json:"involvedObject,omitzero"`
	// Reason is for programs, such as "FailedScheduling"; Message is for people.
	Reason  string `json:"reason,omitzero"`
	Message string `json:"message,omitzero"`
	// Source, FirstTimestamp, LastTimestamp and Count are empty in events written through
	// events.k8s.io.
	Source         EventSource `json:"source,omitzero"`
	FirstTimestamp Time        `json:"firstTimestamp,omitzero"`
	LastTimestamp  Time        `json:"lastTimestamp,omitzero"`
	Count          int32       `json:"count,omitzero"`
	// Type is "Normal" or "Warning".
	Type string `json:"type,omitzero"`
	// EventTime is set in events written through events.k8s.io. It has fractions of a second:
	// NewMicroTime makes one, and the server refuses one of NewTime.
	EventTime Time         `json:"eventTime,omitzero"`
	Series    *EventSeries `json:"series,omitzero"`
	Action    string       `json:"action,omitzero"`
	// Related is a second object that the event is about.
	Related             *ObjectReference `json:"related,omitzero"`
	ReportingController string           `json:"reportingComponent"`
	ReportingInstance   string           `json:"reportingInstance"`
	Unknown             jsontext.Value   `json:",embed"`
}

// EventSource is the component that reported an event.
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

// APIKind returns the kind of an Event.
func (*Event) APIKind() Kind {
	return Kind{Version: "v1", Kind: "Event", Resource: "events", Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *Event) Meta() *ObjectMeta { return &x.Metadata }

// LastSeen returns when the event last happened. An event with neither form of a time is the
// oldest: it has the zero time.
func (x *Event) LastSeen() time.Time {
	at := x.EventTime
	switch {
	case x.Series != nil:
		at = x.Series.LastObservedTime
	case x.LastTimestamp.IsSet():
		at = x.LastTimestamp
	}
	parsed, _ := at.Time() // a time that does not parse is the zero time
	return parsed
}
