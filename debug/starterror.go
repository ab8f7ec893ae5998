package debug

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// StartError says that a container does not run: the runtime's reason and message, or that the time ran out.
type StartError struct {
	// Container is empty when none was added.
	Pod, Container string
	// Reason is the status's own, such as "ErrImageNeverPull", "Timeout" when the wait was over, "PodFinished" and "PodDeleted" when there is no pod
	// to run it in any more, or "NodeNotReady" when there is no node to run it.
	Reason, Message string
	// Events are what was said of the container, and the warnings about its pod, the latest last. EventsError is why there are none.
	Events      []Event
	EventsError error
}

func (e *StartError) Error() string {
	s := fmt.Sprintf("container %q of pod %q does not run: %s", e.Container, e.Pod, e.Reason)
	if e.Container == "" {
		s = fmt.Sprintf("no container was added to pod %q: %s", e.Pod, e.Reason)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	advice := adviseStart(e.Reason, e.Message)
	if advice != "" {
		s += "; " + advice
	}
	return s
}

func adviseStart(reason, message string) string {
	switch reason {
	case "CreateContainerConfigError":
		if strings.Contains(message, "runAsNonRoot") {
			return "the pod or the profile restricted forbids root, as which the image runs: choose an image that names another user, or give the container one (RunAs, --run-as), or another profile"
		}
	case "ErrImageNeverPull":
		return "the node does not have the image and may not pull it: choose one that it has, or another pull policy"
	case "RunContainerError", "StartError":
		return "check that the image has the command"
	case "InvalidImageName":
		return "correct the image's name"
	case "ErrImagePull", "ImagePullBackOff":
		return "check the image's name, and that the node can reach its registry"
	case "NodeNotReady":
		return "look at the node, or choose a pod on another one"
	case "Timeout":
		if strings.Contains(message, "unable to find target container") || strings.Contains(message, "invalid target container") {
			return "the target does not run, and the container starts only when that does: wait for it, or name another target or none"
		}
		return "the container stays in the pod and may still start: wait longer, or read the pod's events"
	}
	return ""
}

const (
	// eventsWithin is how long it may take to read the events that explain a failure.
	eventsWithin = 3 * time.Second
	// eventsLag is how long after the status the node may write its events: they come by another way.
	eventsLag = 500 * time.Millisecond
)

// explainStart adds the pod's events to the error of a container that did not start.
func explainStart(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, err error) error {
	var failed *StartError
	if !errors.As(err, &failed) || failed.Events != nil || res.Object == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, eventsWithin)
	defer cancel()
	for again := true; ; again = false {
		var own bool
		failed.Events, own, failed.EventsError = eventsOf(ctx, pods, res.Object, res.Container)
		if own || !again || failed.EventsError != nil {
			return err
		}
		select {
		case <-time.After(eventsLag):
		case <-ctx.Done():
			return err
		}
	}
}
