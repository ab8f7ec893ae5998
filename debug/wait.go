package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// await follows the pod until res's container runs, has ended or cannot start, and completes res.
func await(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, o *Options) error {
	return awaitStart(ctx, pods, res, o, nil)
}

// awaitStart is await, and calls changed, when it is set, as limits say.
func awaitStart(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result, o *Options, changed func()) error {
	limits := limits{cmp.Or(o.Timeout, DefaultTimeout), cmp.Or(o.PullGrace, DefaultPullGrace), changed}
	message := ""
	err := waitFor(ctx, pods, res.Object, res.Container, limits, o.Progress, func(pod *resources.PodOutline, state *resources.ContainerState) (done bool) {
		res.Object = pod
		ended := state.Terminated
		if ended != nil {
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
	err := waitFor(ctx, pods, pod, container, limits{timeout, DefaultPullGrace, nil}, progress, func(now *resources.PodOutline, state *resources.ContainerState) (done bool) {
		pod = now
		ended := state.Terminated
		if ended != nil && !startsAgain(&pod.Spec, container, ended.ExitCode) {
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

// statusOf gives the status of a container of any kind, a zero one when its node has not told any.
func statusOf(pod *resources.PodOutline, container string) *resources.ContainerStatusOutline {
	return pod.Status.Container(container)
}

// startsAgain tells whether the kubelet starts the container anew after it has ended with code. An ephemeral container never is.
func startsAgain(spec *resources.PodOutlineSpec, container string, code int32) bool {
	c, kind := spec.Container(container)
	policy := spec.RestartPolicy
	switch {
	case c == nil || kind == resources.KindEphemeralContainer:
		return false
	case c.RestartPolicy != nil: // sidecars, and since Kubernetes 1.34 the others
		policy = *c.RestartPolicy
	case kind == resources.KindInitContainer && policy == "Always": // an init container that has done its work is done
		policy = "OnFailure"
	}
	return policy == "Always" || policy == "OnFailure" && code != 0
}
