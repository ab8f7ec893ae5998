package debug

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// pollEvery is the pause between two reads of the pod where the user may not watch it.
const pollEvery = time.Second

// StartError says that the container was added and does not run: the runtime's reason and message, or that the time ran out.
type StartError struct {
	Pod, Container string
	// Reason is the status's own, such as "ErrImageNeverPull", "Timeout" when the wait was over,
	// or "PodFinished" and "PodDeleted" when there is no pod to run it in any more.
	Reason, Message string
}

func (e *StartError) Error() string {
	s := fmt.Sprintf("container %q of pod %q does not run: %s", e.Container, e.Pod, e.Reason)
	if e.Message != "" {
		s += ": " + e.Message
	}
	if advice := adviseStart(e.Reason); advice != "" {
		s += "; " + advice
	}
	return s
}

func adviseStart(reason string) string {
	switch reason {
	case "ErrImageNeverPull":
		return "the node does not have the image and may not pull it: choose one that it has, or another pull policy"
	case "RunContainerError":
		return "check that the image has the command"
	case "InvalidImageName":
		return "correct the image's name"
	case "ErrImagePull", "ImagePullBackOff":
		return "check the image's name, and that the node can reach its registry"
	case "Timeout":
		return "the container stays in the pod and may still start: wait longer, or read the pod's events"
	}
	return ""
}

// hopeless are the reasons for waiting that do not heal by themselves; the last because an ephemeral container is never started again.
var hopeless = map[string]bool{
	"ErrImageNeverPull": true, "InvalidImageName": true, "CreateContainerConfigError": true, "RunContainerError": true,
}

// await follows the pod until res's container runs, has ended or cannot start, and completes res.
func await(ctx context.Context, pods *resources.API[resources.Pod], res *Result, o *Options) error {
	timeout := o.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	errTimeout := errors.New("timeout")
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
		defer cancel()
	}
	var last Waiting
	see := func(pod *resources.Pod) (done bool, err error) {
		res.Object = pod
		done, now, err := res.look(pod)
		if !done && now != last {
			if last = now; o.Progress != nil {
				o.Progress(now)
			}
		}
		return done, err
	}
	err := follow(ctx, pods, res, see)
	var failed *StartError
	switch {
	case err == nil, errors.As(err, &failed):
		return err
	case context.Cause(ctx) == errTimeout:
		message := fmt.Sprintf("not within %v", timeout)
		if last.Reason != "" {
			message += ", still " + last.Reason
		}
		if last.Message != "" {
			message += ": " + last.Message
		}
		return &StartError{Pod: res.Pod, Container: res.Container, Reason: "Timeout", Message: message}
	}
	return fmt.Errorf("container %q is in pod %q, and whether it runs is not known: %w", res.Container, res.Pod, err)
}

// follow hands the pod and each later state of it to see, until that is done. It watches, and where that is forbidden it reads again and again.
func follow(ctx context.Context, pods *resources.API[resources.Pod], res *Result, see func(*resources.Pod) (bool, error)) error {
	name, pod := res.Pod, res.Object
	deleted := &StartError{Pod: name, Container: res.Container, Reason: "PodDeleted"}
	for {
		if done, err := see(pod); done || err != nil {
			return err
		}
		watch := resources.ListOptions{FieldSelector: "metadata.name=" + name, ResourceVersion: pod.Metadata.ResourceVersion}
		var lost error
		for event, err := range pods.Watch(ctx, watch) {
			if err != nil {
				lost = err
				break
			}
			if event.Type == resources.Deleted {
				return deleted
			}
			if done, err := see(event.Object); done || err != nil {
				return err
			}
		}
		switch {
		case errors.Is(lost, transport.ErrForbidden):
			select {
			case <-time.After(pollEvery):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case !errors.Is(lost, transport.ErrGone):
			return lost
		}
		next, err := pods.Get(ctx, name)
		switch {
		case errors.Is(err, transport.ErrNotFound), err == nil && next.Metadata.UID != pod.Metadata.UID:
			return deleted
		case err != nil:
			return err
		}
		pod = next
	}
}

// look reads the state of res's container from pod.
func (res *Result) look(pod *resources.Pod) (done bool, waiting Waiting, err error) {
	fail := func(reason, message string) (bool, Waiting, error) {
		return true, Waiting{}, &StartError{Pod: res.Pod, Container: res.Container, Reason: reason, Message: message}
	}
	for _, status := range pod.Status.EphemeralContainerStatuses {
		if status.Name != res.Container {
			continue
		}
		switch state := status.State; {
		case state.Running != nil:
			res.Running = true
			return true, Waiting{}, nil
		case state.Terminated != nil:
			res.ExitCode, res.Reason = int(state.Terminated.ExitCode), state.Terminated.Reason
			return true, Waiting{}, nil
		case state.Waiting != nil:
			waiting = Waiting{Reason: state.Waiting.Reason, Message: state.Waiting.Message}
		}
	}
	switch phase := pod.Status.Phase; {
	case hopeless[waiting.Reason]:
		return fail(waiting.Reason, waiting.Message)
	case phase == "Succeeded" || phase == "Failed":
		return fail("PodFinished", "the pod is "+phase+", so nothing is started in it any more")
	}
	return false, waiting, nil
}
