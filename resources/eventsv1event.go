package resources

import "github.com/go-json-experiment/json/jsontext"

// EventsV1Event is an Event of the group events.k8s.io. The server stores the same objects as for
// Event, and serves each in both forms. By default it deletes them after an hour.
type EventsV1Event struct {
	Kind       string     `json:"kind,omitzero"`
	APIVersion string     `json:"apiVersion,omitzero"`
	Metadata   ObjectMeta `json:"metadata,omitzero"`
	// EventTime is when the event was first seen. It is required, and has fractions of a second:
	// see NewMicroTime.
	EventTime Time                 `json:"eventTime,omitzero"`
	Series    *EventsV1EventSeries `json:"series,omitzero"`
	// ReportingController is such as "example.com/operator", and ReportingInstance such as the
	// name of its pod. Both are required, like Action and Reason.
	ReportingController string `json:"reportingController,omitzero"`
	ReportingInstance   string `json:"reportingInstance,omitzero"`
	// Action is what the controller did or tried, such as "Pulling".
	Action string `json:"action,omitzero"`
	// Reason is for programs, such as "FailedScheduling"; Note is for people, at most 1,024 bytes.
	Reason string `json:"reason,omitzero"`
	// Regarding is the object that the event is about.
	Regarding ObjectReference `json:"regarding,omitzero"`
	// Related is a second object that the event is about.
	Related *ObjectReference `json:"related,omitzero"`
	Note    string           `json:"note,omitzero"`
	// Type is "Normal" or "Warning".
	Type string `json:"type,omitzero"`
	// The deprecated fields are those of Event: source, firstTimestamp, lastTimestamp and count.
	DeprecatedSource         EventSource    `json:"deprecatedSource,omitzero"`
	DeprecatedFirstTimestamp Time           `json:"deprecatedFirstTimestamp,omitzero"`
	DeprecatedLastTimestamp  Time           `json:"deprecatedLastTimestamp,omitzero"`
	DeprecatedCount          int32          `json:"deprecatedCount,omitzero"`
	Unknown                  jsontext.Value `json:",embed"`
}

// EventsV1EventSeries is how often an event has happened so far (events.k8s.io/v1 EventSeries).
type EventsV1EventSeries struct {
	Count            int32          `json:"count"`
	LastObservedTime Time           `json:"lastObservedTime,omitzero"`
	Unknown          jsontext.Value `json:",embed"`
}

// APIKind returns the kind of an EventsV1Event.
func (*EventsV1Event) APIKind() Kind {
	return Kind{Group: "events.k8s.io", Version: "v1", Kind: "Event", Resource: "events",
		Namespaced: true}
}

// Meta returns the metadata of x, to read or change.
func (x *EventsV1Event) Meta() *ObjectMeta { return &x.Metadata }
