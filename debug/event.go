package debug

import (
	"context"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// Event is what the scheduler or the node has said about a pod or one of its containers (core/v1 Event). Events are kept for an hour, by default.
type Event struct {
	// Type is "Normal" or "Warning", Reason such as "Failed".
	Type, Reason, Message string
	// Count is how often it was said, at least once, and Last when it was said last.
	Count int
	Last  time.Time
}

// event is as much of one as is looked at.
type event struct {
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

// APIKind gives the kind of an Event.
func (*event) APIKind() resources.Kind { return (*resources.Event).APIKind(nil) }

// Meta gives the metadata of e.
func (e *event) Meta() *resources.ObjectMeta { return &e.Metadata }

// concerns holds for events of the container, and for those of the pod as a whole.
func (e *event) concerns(container string) bool {
	path := e.InvolvedObject.FieldPath
	return path == "" || strings.HasSuffix(path, "{"+container+"}")
}

// waiting gives the event as the container's status would say it, or will, in the kubelet's words (pkg/kubelet/images and kuberuntime).
// failure is where it keeps what an event said whose reason the next one tells.
func (e *event) waiting(failure *string) Waiting {
	message := e.Message
	switch e.Reason {
	case "Failed":
		if strings.HasPrefix(message, "Failed to pull image") {
			*failure = message
			return Waiting{"ErrImagePull", message}
		}
		message = strings.TrimPrefix(message, "Error: ")
		switch message {
		case "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName":
			return Waiting{message, *failure}
		}
	case "BackOff": // of two things
		if strings.HasPrefix(message, "Back-off restarting") {
			return Waiting{"CrashLoopBackOff", message}
		}
		return Waiting{"ImagePullBackOff", message}
	case "InspectFailed":
		return Waiting{"InvalidImageName", message}
	case "Pulled", "Created", "Started":
		message = ""
	}
	*failure = message
	return Waiting{e.Reason, message}
}

// selectEvents gives the events of pod alone, not of an earlier one of its name.
func selectEvents(pods *resources.API[resources.PodOutline], pod *resources.PodOutline) (*resources.API[event], resources.ListOptions) {
	return resources.New[event](pods.Client(), resources.InNamespace(pod.Metadata.Namespace)),
		resources.ListOptions{FieldSelector: "involvedObject.uid=" + pod.Metadata.UID}
}

// watchEvents hands on the pod's events that concern the container, until ctx ends or they may not be read.
func watchEvents(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string, see func(*event)) {
	events, list := selectEvents(pods, pod)
	for change, err := range events.Watch(ctx, list) {
		if err != nil {
			return
		}
		if change.Type != resources.Deleted && change.Object.concerns(container) {
			see(change.Object)
		}
	}
}

// eventsOf gives the container's events and the warnings about its pod, the latest last. own says whether the container has any.
func eventsOf(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string) (all []Event, own bool, err error) {
	events, list := selectEvents(pods, pod)
	for e, err := range events.All(ctx, list) {
		if err != nil {
			return nil, false, err
		}
		if !e.concerns(container) || e.InvolvedObject.FieldPath == "" && e.Type != "Warning" {
			continue
		}
		own = own || e.InvolvedObject.FieldPath != ""
		last, err := e.LastTimestamp.Time()
		if err != nil || last.IsZero() {
			last, _ = e.EventTime.Time() // of events.k8s.io
		}
		said := Event{e.Type, e.Reason, e.Message, max(e.Count, 1), last}
		i := len(all)
		for i > 0 && all[i-1].Last.After(last) {
			i--
		}
		all = append(all[:i], append([]Event{said}, all[i:]...)...)
	}
	return all, own, nil
}
