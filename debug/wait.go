package debug

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// pollEvery is the pause between two reads of the pod where the user may not watch it.
const pollEvery = time.Second

// StartError says that a container does not run: the runtime's reason and message, or that the time ran out.
type StartError struct {
	// Container is empty when none was added.
	Pod, Container string
	// Reason is the status's own, such as "ErrImageNeverPull", "Timeout" when the wait was over, "PodFinished" and "PodDeleted" when there is no pod
	// to run it in any more, or "NodeNotReady" when there is no node to run it.
	Reason, Message string
}

func (e *StartError) Error() string {
	s := fmt.Sprintf("container %q of pod %q does not run: %s", e.Container, e.Pod, e.Reason)
	if e.Container == "" {
		s = fmt.Sprintf("no container was added to pod %q: %s", e.Pod, e.Reason)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	if advice := adviseStart(e.Reason, e.Message); advice != "" {
		s += "; " + advice
	}
	return s
}

func adviseStart(reason, message string) string {
	switch reason {
	case "CreateContainerConfigError":
		if strings.Contains(message, "runAsNonRoot") {
			return "the pod or the profile restricted forbids root, as which the image runs: choose an image that names another user, or another profile"
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
		return "the container stays in the pod and may still start: wait longer, or read the pod's events"
	}
	return ""
}

// hopeless are the reasons for waiting that do not heal by themselves; the last because an ephemeral container is never started again.
var hopeless = map[string]bool{
	"ErrImageNeverPull": true, "InvalidImageName": true, "CreateContainerConfigError": true, "RunContainerError": true,
}

// await follows the pod until res's container runs, has ended or cannot start, and completes res.
func await(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, o *Options) error {
	timeout := o.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	message := ""
	err := waitFor(ctx, pods, res.Object, res.Container, timeout, o.Progress, func(pod *resources.PodOutline, state *resources.ContainerState) (done bool) {
		res.Object = pod
		if ended := state.Terminated; ended != nil {
			res.ExitCode, res.Reason, message = int(ended.ExitCode), ended.Reason, ended.Message
		}
		res.Running = state.Running != nil
		return res.Running || state.Terminated != nil
	})
	if err == nil && res.Reason == "StartError" { // as it is told in a pod that restarts nothing
		return &StartError{Pod: res.Pod, Container: res.Container, Reason: res.Reason, Message: message}
	}
	if err != nil && !errors.As(err, new(*StartError)) {
		return fmt.Errorf("container %q is in pod %q, and whether it runs is not known: %w", res.Container, res.Pod, err)
	}
	return err
}

// AwaitRunning follows pod until the container of that name, of any kind, runs, for at most the timeout; a negative one is no limit. It gives the pod as it is then.
// The error is a *StartError when it does not come to run, above all when it has ended for good, or the pod has. progress is as in Options.
func AwaitRunning(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string, timeout time.Duration,
	progress func(Waiting)) (*resources.PodOutline, error) {
	var over *StartError
	err := waitFor(ctx, pods, pod, container, timeout, progress, func(now *resources.PodOutline, state *resources.ContainerState) (done bool) {
		pod = now
		if ended := state.Terminated; ended != nil && !startsAgain(&pod.Spec, container, ended.ExitCode) {
			over = &StartError{Pod: pod.Metadata.Name, Container: container, Reason: ended.Reason, Message: fmt.Sprintf("it has ended with code %d", ended.ExitCode)}
		}
		return state.Running != nil || over != nil
	})
	switch {
	case over != nil:
		return nil, over
	case err != nil:
		return nil, err
	}
	return pod, nil
}

// waitFor follows pod until done holds, the container cannot start, or the timeout is over, which both are a *StartError.
func waitFor(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string, timeout time.Duration,
	progress func(Waiting), done func(*resources.PodOutline, *resources.ContainerState) bool) error {
	errTimeout := errors.New("timeout")
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, errTimeout)
		defer cancel()
	}
	fail := func(reason, message string) error {
		return &StartError{Pod: pod.Metadata.Name, Container: container, Reason: reason, Message: message}
	}
	var last Waiting
	err := follow(ctx, pods, pod, func(pod *resources.PodOutline) (bool, error) {
		state := &statusOf(pod, container).State
		if done(pod, state) {
			return true, nil
		}
		var now Waiting
		if waiting := state.Waiting; waiting != nil {
			now = Waiting{waiting.Reason, waiting.Message}
		}
		switch phase := pod.Status.Phase; {
		case hopeless[now.Reason]:
			return true, fail(now.Reason, now.Message)
		case phase == "Succeeded" || phase == "Failed":
			return true, fail("PodFinished", "the pod is "+phase+", so nothing is started in it any more")
		}
		if now != last {
			if last = now; progress != nil {
				progress(now)
			}
		}
		return false, nil
	})
	switch {
	case err == errPodDeleted:
		return fail("PodDeleted", "")
	case err == nil, errors.As(err, new(*StartError)), context.Cause(ctx) != errTimeout:
		return err
	}
	message := fmt.Sprintf("not within %v", timeout)
	if last.Reason != "" {
		message += ", still " + last.Reason
	}
	if last.Message != "" {
		message += ": " + last.Message
	}
	return fail("Timeout", message)
}

// errPodDeleted says that the pod is gone, or another one has its name.
var errPodDeleted = errors.New("the pod was deleted")

// follow hands the pod and each later state of it to see, until that is done. It watches, and where that is forbidden it reads again and again.
func follow(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, see func(*resources.PodOutline) (bool, error)) error {
	name := pod.Metadata.Name
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
				return errPodDeleted
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
			return errPodDeleted
		case err != nil:
			return err
		}
		pod = next
	}
}

// statusOf gives the status of a container of any kind, a zero one when its node has not told any.
func statusOf(pod *resources.PodOutline, container string) *resources.ContainerStatusOutline {
	for _, kind := range [][]resources.ContainerStatusOutline{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses} {
		for i := range kind {
			if kind[i].Name == container {
				return &kind[i]
			}
		}
	}
	return new(resources.ContainerStatusOutline)
}

// startsAgain tells whether the kubelet starts the container anew after it has ended with code. An ephemeral container never is.
func startsAgain(spec *resources.PodOutlineSpec, container string, code int32) bool {
	for i, list := range [][]resources.ContainerOutline{spec.InitContainers, spec.Containers} {
		for j := range list {
			c, policy := &list[j], spec.RestartPolicy
			switch {
			case c.Name != container:
				continue
			case c.RestartPolicy != nil: // sidecars, and since Kubernetes 1.34 the others
				policy = *c.RestartPolicy
			case i == 0 && policy == "Always": // an init container that has done its work is done
				policy = "OnFailure"
			}
			return policy == "Always" || policy == "OnFailure" && code != 0
		}
	}
	return false
}
