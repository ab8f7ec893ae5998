package debug

import (
	"context"
	"fmt"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// AwaitRunning watches pod until a container of any kind runs, and returns the pod as it is then.
// A negative timeout is no limit. progress is as in Options.
//
// The result and the error:
//
//	pod, nil             the container runs
//	nil, *StartError     the container does not run within the timeout, or cannot start
//	nil, *StartError     the container has ended, and the kubelet does not restart it
//	nil, *StartError     the pod has ended or was deleted, or its node is not ready
//	nil, other error     the pod cannot be watched, or ctx has ended
func AwaitRunning(
	ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline,
	container string, timeout time.Duration, progress func(Waiting),
) (*resources.PodOutline, error) {
	w := &startWatcher{
		pods: pods, pod: pod, container: container, progress: progress,
		timeout: timeout, pullGrace: DefaultPullGrace,
		existed: kindOf(&pod.Spec, container) != resources.KindEphemeralContainer,
	}
	var failed *StartError
	err := w.run(ctx, func(current *resources.PodOutline,
		state *resources.ContainerState) (done bool) {
		pod = current
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
	case decode(c.Unknown)["restartPolicyRules"] != nil: // KEP-5307: the exit code decides
		return true
	case c.RestartPolicy != nil: // a sidecar, and since Kubernetes 1.34 any container
		policy = *c.RestartPolicy
	// an init container runs until it has succeeded
	case kind == resources.KindInitContainer && policy == "Always":
		policy = "OnFailure"
	}
	return policy == "Always" || policy == "OnFailure" && code != 0
}
