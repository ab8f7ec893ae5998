package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// awaitStart watches the pod until res's container runs, has ended or cannot start, and completes
// res. changed, when set, is called as in startWatcher.
func awaitStart(ctx context.Context, pods *podAPI, res *Result, o *Options, changed func()) error {
	w := &startWatcher{
		pods: pods, pod: res.Object, container: res.Container, progress: o.Progress, changed: changed,
		waitLimits: waitLimits{cmp.Or(o.Timeout, DefaultTimeout),
			cmp.Or(o.PullGrace, DefaultPullGrace)},
	}
	message := ""
	err := watchStart(ctx, w, func(pod *resources.PodOutline,
		state *resources.ContainerState) (done bool) {
		res.Object = pod
		ended := state.Terminated
		if ended != nil {
			res.ExitCode, res.Reason, message = int(ended.ExitCode), ended.Reason, ended.Message
		}
		res.Running = state.Running != nil
		return res.Running || ended != nil
	})
	// A pod whose restartPolicy is Never has a failed start as the reason of a terminated
	// container.
	if err == nil && res.Reason == "StartError" {
		return &StartError{Pod: res.Pod, Container: res.Container, Reason: res.Reason,
			Message: message}
	}
	if err != nil && !errors.As(err, new(*StartError)) {
		return fmt.Errorf("container %s stays in pod %s, and whether it runs is unknown: %w",
			res.Container, res.Pod, err)
	}
	return err
}

// AwaitRunning watches pod until a container of any kind runs, and returns the pod as it is then.
// A negative timeout is no limit. progress is as in Options.
//
// The error is a *StartError when the container does not run within the timeout, has ended for
// good, or is in a pod that has ended.
func AwaitRunning(
	ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string,
	timeout time.Duration, progress func(Waiting),
) (*resources.PodOutline, error) {
	w := &startWatcher{
		pods: pods, pod: pod, container: container, progress: progress,
		waitLimits: waitLimits{timeout, DefaultPullGrace},
	}
	var failed *StartError
	err := watchStart(ctx, w, func(now *resources.PodOutline,
		state *resources.ContainerState) (done bool) {
		pod = now
		ended := state.Terminated
		if ended != nil && !restarts(&pod.Spec, container, ended.ExitCode) {
			failed = &StartError{
				Pod: pod.Metadata.Name, Container: container, Reason: ended.Reason,
				Message: fmt.Sprintf("it has ended with code %d", ended.ExitCode),
			}
		}
		return state.Running != nil || failed != nil
	})
	switch {
	case failed != nil:
		return nil, failed
	case err != nil:
		return nil, err
	}
	return pod, nil
}

// restarts reports whether the kubelet restarts the container after an exit with code.
// It never restarts an ephemeral container.
func restarts(spec *resources.PodOutlineSpec, container string, code int32) bool {
	c, kind := spec.Container(container)
	policy := spec.RestartPolicy
	switch {
	case c == nil || kind == resources.KindEphemeralContainer:
		return false
	case c.RestartPolicy != nil: // a sidecar, and since Kubernetes 1.34 any container
		policy = *c.RestartPolicy
	// an init container runs until it has succeeded
	case kind == resources.KindInitContainer && policy == "Always":
		policy = "OnFailure"
	}
	return policy == "Always" || policy == "OnFailure" && code != 0
}
