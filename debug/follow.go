package debug

import (
	"context"
	"errors"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// pollEvery is the pause between two reads of the pod where the user may not watch it.
const pollEvery = time.Second

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
