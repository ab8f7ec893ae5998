package debug

import (
	"context"
	"errors"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// pollInterval is the pause between two reads of the pod for a user who may not watch it.
const pollInterval = time.Second

// errPodDeleted says that the pod is gone, or that another pod has its name.
var errPodDeleted = errors.New("the pod was deleted")

// followPod calls onPod with the pod and each later state of it, until onPod returns true or an
// error. It watches the pod, or polls it where watching is forbidden.
func followPod(
	ctx context.Context, pods *podAPI, pod *resources.PodOutline,
	onPod func(*resources.PodOutline) (bool, error),
) error {
	name := pod.Metadata.Name
	for {
		if done, err := onPod(pod); done || err != nil {
			return err
		}
		watch := resources.ListOptions{FieldSelector: "metadata.name=" + name,
			ResourceVersion: pod.Metadata.ResourceVersion}
		var watchErr error
		for event, err := range pods.Watch(ctx, watch) {
			if err != nil {
				watchErr = err
				break
			}
			if event.Type == resources.Deleted {
				return errPodDeleted
			}
			if done, err := onPod(event.Object); done || err != nil {
				return err
			}
		}
		switch {
		case errors.Is(watchErr, transport.ErrForbidden):
			select {
			case <-time.After(pollInterval):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case !errors.Is(watchErr, transport.ErrGone):
			return watchErr
		}
		next, err := pods.Get(ctx, name)
		switch {
		case errors.Is(err, transport.ErrNotFound), err == nil &&
			next.Metadata.UID != pod.Metadata.UID:
			return errPodDeleted
		case err != nil:
			return err
		}
		pod = next
	}
}
