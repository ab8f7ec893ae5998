package debug

import (
	"context"
	"fmt"
	"time"

	"github.com/kx-k8s/kx/debug/internal/attach"
	"github.com/kx-k8s/kx/resources"
)

// ExitStatusWithin is how long AwaitExit and Run wait for the exit code. A node writes the end of a
// container into the pod's status one or two seconds after the stream has ended.
const ExitStatusWithin = attach.ExitTimeout

// AwaitExit waits until the pod's status has the end of a container of any kind, at most for
// ExitStatusWithin. Attaching returns no exit code.
//
// pod is the pod while the container ran, as AwaitRunning returns it. AwaitExit compares container
// IDs with it, so that a restarted container is not taken for the one that has ended.
func AwaitExit(
	ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string,
) (*resources.ContainerStateTerminated, error) {
	_, ended, err := awaitEnd(ctx, pods, pod, container, ExitStatusWithin)
	return ended, err
}

// awaitEnd is AwaitExit with another limit. It returns the pod as it was seen last, too.
func awaitEnd(ctx context.Context, pods *podAPI, pod *resources.PodOutline, container string,
	limit time.Duration) (
	last *resources.PodOutline, ended *resources.ContainerStateTerminated, err error,
) {
	errLimit := fmt.Errorf(
		"the pod's status does not show the code after %v; the container may still run", limit)
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
	if err != nil && context.Cause(ctx) == errLimit {
		err = errLimit
	}
	if err != nil {
		err = fmt.Errorf(
			"the stream of container %s of pod %s has ended, and the container's exit code is unknown: %w",
			container, pod.Metadata.Name, err)
	}
	return last, ended, err
}
