package debug

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kx-k8s/kx/debug/internal/attach"
	"github.com/kx-k8s/kx/resources"
)

// ExitTimeout is how long AwaitExit and Run wait for the exit code. A node writes the exit code
// into the pod's status one or two seconds after the stream has ended.
const ExitTimeout = attach.ExitTimeout

// ErrExitUnknown means that the stream of a container has ended, and that the pod's status does not
// say how the container has. It may still run.
var ErrExitUnknown = errors.New("the container's exit code is unknown")

// AwaitExit waits until the pod's status shows that a container of any kind has ended, at most for
// ExitTimeout. It returns the exit code, which attaching does not. Each error matches
// ErrExitUnknown.
//
// pod is the pod while the container ran, as AwaitRunning returns it. AwaitExit compares container
// IDs with it, so that it does not mistake a restarted container for the ended one.
func AwaitExit(
	ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline,
	container string,
) (*resources.ContainerStateTerminated, error) {
	_, ended, err := awaitExitWithin(ctx, pods, pod, container, ExitTimeout)
	return ended, err
}

// awaitExitWithin is AwaitExit with another limit. It also returns the pod as last seen.
func awaitExitWithin(ctx context.Context, pods *podAPI, pod *resources.PodOutline, container string,
	limit time.Duration) (
	last *resources.PodOutline, ended *resources.ContainerStateTerminated, err error,
) {
	errLimit := fmt.Errorf(
		"the pod's status shows no end of the container after %v; the container may still run",
		limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	id := pod.Status.Container(container).ContainerID
	last = pod
	err = followPod(ctx, pods, pod, func(pod *resources.PodOutline) (bool, error) {
		last = pod
		status := pod.Status.Container(container)
		for _, t := range []*resources.ContainerStateTerminated{status.State.Terminated,
			status.LastTerminationState.Terminated} {
			if t != nil && (t.ContainerID == id || t.ContainerID == "" || id == "") {
				ended = t
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil && errors.Is(context.Cause(ctx), errLimit) {
		err = errLimit
	}
	if err != nil {
		err = fmt.Errorf("the stream of container %s of pod %s has ended, and %w: %w", container,
			pod.Metadata.Name, ErrExitUnknown, err)
	}
	return last, ended, err
}
