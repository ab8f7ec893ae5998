package debug

import (
	"context"
	"fmt"
	"time"

	"github.com/kx-k8s/kx/debug/internal/attach"
	"github.com/kx-k8s/kx/resources"
)

// ExitStatusWithin is how long AwaitExit, and Run, wait for the exit code. A node writes the end of a container into the pod's status a second or two
// after its stream has ended.
const ExitStatusWithin = attach.ExitTimeout

// AwaitExit waits until the pod's status tells how a container of any kind has ended, for at most ExitStatusWithin: attaching tells only that it has.
// pod is as it was while the container ran, as AwaitRunning gives it, so that a container which was started anew since is told from the one that ended.
func AwaitExit(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string) (*resources.ContainerStateTerminated, error) {
	_, ended, err := awaitEnd(ctx, pods, pod, container, ExitStatusWithin)
	return ended, err
}

// awaitEnd is AwaitExit, and gives the pod as it was seen last too.
func awaitEnd(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string, limit time.Duration) (
	last *resources.PodOutline, ended *resources.ContainerStateTerminated, err error) {
	late := fmt.Errorf("the pod's status does not tell it after %v, so the container may still run", limit)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	id := statusOf(pod, container).ContainerID
	last = pod
	err = follow(ctx, pods, pod, func(pod *resources.PodOutline) (bool, error) {
		last = pod
		status := statusOf(pod, container)
		for _, t := range []*resources.ContainerStateTerminated{status.State.Terminated, status.LastTerminationState.Terminated} {
			if t != nil && (t.ContainerID == id || t.ContainerID == "" || id == "") {
				ended = t
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil && context.Cause(ctx) == late {
		err = late
	}
	if err != nil {
		err = fmt.Errorf("the stream of container %q of pod %q has ended, and its exit code is not known: %w", container, pod.Metadata.Name, err)
	}
	return last, ended, err
}
