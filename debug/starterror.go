package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/ocierror"
)

// StartError says that a container does not run. It has the runtime's reason and message, or the
// reason why the wait ended.
type StartError struct {
	// Container is empty when none was added.
	Pod, Container string
	// Reason is one of
	//
	//	the status's own       such as ErrImageNeverPull
	//	Timeout                the container does not run within the timeout
	//	PodFinished            the pod has ended
	//	PodDeleted             the pod was deleted, or is being deleted
	//	TargetEnded            the target has ended, and is not started again
	//	NodeNotReady           the pod's node is not ready
	Reason, Message string
	// Events are the container's events and the warnings about its pod, sorted by time.
	Events []Event
	// existed is true if the container is none that this package added.
	existed bool
	// Removed reports whether RunOnNode has removed the pod.
	Removed bool
	// EventsError is why the events could not be read, or nil.
	EventsError error
}

func (e *StartError) Error() string {
	text := fmt.Sprintf("container %s of pod %s does not run: %s", e.Container, e.Pod, e.Reason)
	failure, isCommand := ocierror.Parse(e.Message)
	program := cmp.Or(failure.Program, "its command")
	switch {
	case isCommand && failure.Code == ocierror.NotFound:
		return text + fmt.Sprintf(": %s is not in container %s's image", program, e.Container)
	case isCommand:
		return text + fmt.Sprintf(": %s is not executable: %s", program, failure.Reason)
	case e.Container == "":
		text = fmt.Sprintf("no container was added to pod %s: %s", e.Pod, e.Reason)
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	advice := e.advice()
	if e.Removed && e.Reason == "Timeout" {
		advice = "the pod was removed: wait longer"
	}
	if advice != "" {
		text += "; " + advice
	}
	return text
}

// CommandCode returns the exit code of a shell or of docker for a container whose command cannot be
// started: 127 if the image has no such program, and 126 if the program is not executable. It
// returns 0 if Message has another reason. See subresource.CommandError.
func (e *StartError) CommandCode() int {
	failure, _ := ocierror.Parse(e.Message)
	return failure.Code
}

// advice returns what to do about a container that does not start, or "".
func (e *StartError) advice() string {
	message := e.Message
	switch e.Reason {
	case "CreateContainerConfigError":
		if strings.Contains(message, "runAsNonRoot") {
			return "the image runs as root, which the pod or the profile restricted forbids: " +
				"choose an image that names another user, set a user (RunAs, --run-as), or " +
				"choose another profile"
		}
	case "ErrImageNeverPull":
		return "the node does not have the image and the pull policy is Never: choose an image " +
			"that it has, or another pull policy"
	case "RunContainerError", "StartError":
		return "check that the image has the command"
	case "InvalidImageName":
		return "correct the image's name"
	case "ErrImagePull", "ImagePullBackOff":
		return "check the image's name, and that the node can reach its registry"
	case "TargetEnded":
		return "choose another target or none (--target)"
	case "NodeNotReady":
		return "check the node, or choose a pod on another node"
	case "Timeout":
		if strings.Contains(message, "unable to find target container") || strings.Contains(message,
			"invalid target container") {
			return "the target does not run, and the container starts only with the " +
				"target: wait, or choose another target or none"
		}
		if e.existed {
			return "it may still start: wait longer, or read the pod's events"
		}
		return "the container stays in the pod and may still start: wait longer, or read the " +
			"pod's events"
	}
	return ""
}

const (
	// eventsTimeout is how long the events that explain a failure may take to read.
	eventsTimeout = 3 * time.Second
	// eventsDelay is the pause before the events are read once more: the node sends events
	// separately from the status, and later.
	eventsDelay = 500 * time.Millisecond
)

// addEvents adds the pod's events to err if it is a *StartError.
func addEvents(ctx context.Context, pods *podAPI, res *Result, err error) error {
	var failed *StartError
	if !errors.As(err, &failed) || failed.Events != nil || res.Object == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, eventsTimeout)
	defer cancel()
	for isRetry := false; ; isRetry = true {
		var hasOwn bool
		failed.Events, hasOwn, failed.EventsError = listEvents(ctx, pods,
			&res.Object.Metadata, res.Container)
		if hasOwn || isRetry || failed.EventsError != nil {
			return err
		}
		select {
		case <-time.After(eventsDelay):
		case <-ctx.Done():
			return err
		}
	}
}
