package debug

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// Event is an event of the scheduler or the node about a pod or one of its containers (core/v1
// Event). The server keeps events for one hour by default.
type Event struct {
	// Type is Normal or Warning. Reason is a word such as Failed.
	Type, Reason, Message string
	// Count is how often the event has happened, at least 1. Last is the last time.
	Count int
	Last  time.Time
}

// coreEvent has the fields of a core/v1 Event that this package reads.
type coreEvent struct {
	Metadata       resources.ObjectMeta `json:"metadata"`
	InvolvedObject struct {
		FieldPath string `json:"fieldPath"`
	} `json:"involvedObject"`
	Type          string         `json:"type"`
	Reason        string         `json:"reason"`
	Message       string         `json:"message"`
	Count         int            `json:"count"`
	LastTimestamp resources.Time `json:"lastTimestamp"`
	EventTime     resources.Time `json:"eventTime"`
}

// APIKind returns the kind of an Event.
func (*coreEvent) APIKind() resources.Kind { return (*resources.Event).APIKind(nil) }

// Meta returns the metadata.
func (e *coreEvent) Meta() *resources.ObjectMeta { return &e.Metadata }

// concerns reports whether the event is about the container, or about the pod as a whole.
func (e *coreEvent) concerns(container string) bool {
	path := e.InvolvedObject.FieldPath
	return path == "" || strings.HasSuffix(path, "{"+container+"}")
}

// asWaiting translates the event to the reason and message that the container's status will have
// (pkg/kubelet/images, pkg/kubelet/kuberuntime). The kubelet sends the message of a failed pull in
// one event and its reason in the next. lastFailure keeps the message between them.
func (e *coreEvent) asWaiting(lastFailure *string) Waiting {
	message := e.Message
	switch e.Reason {
	case "Failed":
		if strings.HasPrefix(message, "Failed to pull image") {
			*lastFailure = message
			return Waiting{"ErrImagePull", message}
		}
		message = strings.TrimPrefix(message, "Error: ")
		switch message {
		case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName":
			return Waiting{message, *lastFailure}
		}
	case "BackOff": // the kubelet uses the reason for pulls and for restarts
		if strings.HasPrefix(message, "Back-off restarting") {
			return Waiting{"CrashLoopBackOff", message}
		}
		return Waiting{"ImagePullBackOff", message}
	case "InspectFailed":
		return Waiting{"InvalidImageName", message}
	case "Pulled", "Created", "Started":
		message = ""
	}
	*lastFailure = message
	return Waiting{e.Reason, message}
}

// eventsOf returns the API and the options that select the events of an object. It selects by UID:
// an earlier object may have had the same name.
func eventsOf(pods *podAPI, object *resources.ObjectMeta) (*resources.API[coreEvent],
	resources.ListOptions) {
	return resources.New[coreEvent](pods.Client(), resources.InNamespace(object.Namespace)),
		resources.ListOptions{FieldSelector: "involvedObject.uid=" + object.UID}
}

// watchEvents calls onEvent with each event of the pod that concerns the container.
// It returns when ctx ends, or when the events cannot be read.
func watchEvents(ctx context.Context, pods *podAPI, pod *resources.PodOutline, container string,
	onEvent func(*coreEvent)) {
	events, options := eventsOf(pods, &pod.Metadata)
	for change, err := range events.Watch(ctx, options) {
		if err != nil {
			return
		}
		if change.Type != resources.Deleted && change.Object.concerns(container) {
			onEvent(change.Object)
		}
	}
}

// listEvents returns the container's events and the warnings about its pod, sorted by time. Without
// a container, it returns all events of the object. hasOwn reports whether any of them is the
// container's.
func listEvents(
	ctx context.Context, pods *podAPI, object *resources.ObjectMeta, container string,
) (all []Event, hasOwn bool, err error) {
	events, options := eventsOf(pods, object)
	var sorted []*Event
	for e, err := range events.All(ctx, options) {
		if err != nil {
			return nil, false, err
		}
		isOwn := e.InvolvedObject.FieldPath != ""
		if container != "" && (!e.concerns(container) || !isOwn && e.Type != "Warning") {
			continue
		}
		hasOwn = hasOwn || isOwn
		last, err := e.LastTimestamp.Time()
		if err != nil || last.IsZero() {
			last, _ = e.EventTime.Time() // an event of events.k8s.io
		}
		sorted = append(sorted, &Event{e.Type, e.Reason, e.Message, max(e.Count, 1), last})
	}
	slices.SortStableFunc(sorted, func(a, b *Event) int { return a.Last.Compare(b.Last) })
	for _, e := range sorted {
		all = append(all, *e)
	}
	return all, hasOwn, nil
}
