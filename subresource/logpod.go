package subresource

import (
	"context"
	"errors"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// podPollInterval is the pause between two reads of a pod for a user who may not watch it.
const podPollInterval = time.Second

// getPod reads the pod, over lost connections. It fails with errPodGone if the pod is deleted or
// replaced.
func (f *logFollower) getPod(ctx context.Context) (*resources.PodOutline, error) {
	for {
		pod, err := f.endpoint.pods.Get(ctx, f.source.Pod, f.opts...)
		switch {
		case errors.Is(err, transport.ErrNotFound), err == nil && pod.Metadata.UID != f.uid:
			return nil, errPodGone
		case err == nil || ctx.Err() != nil || !isTransient(err):
			return pod, err
		}
		if err := f.backOff(ctx); err != nil {
			return nil, err
		}
	}
}

// awaitRun returns the pod once its status has a run to read, or says that there is none.
func (f *logFollower) awaitRun(ctx context.Context,
	pod *resources.PodOutline) (*resources.PodOutline, error) {
	for {
		next, err := f.watchPod(ctx, pod.Metadata.ResourceVersion)
		switch {
		case err == nil:
			return next, nil
		case errors.Is(err, transport.ErrForbidden):
			timer := time.NewTimer(podPollInterval)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
			}
		case !errors.Is(err, transport.ErrGone):
			return nil, err
		}
		pod, err = f.getPod(ctx)
		if err != nil || !f.waits(pod) {
			return pod, err
		}
	}
}

// watchPod watches the pod until there is something to do.
func (f *logFollower) watchPod(ctx context.Context, version string) (*resources.PodOutline, error) {
	list := resources.ListOptions{FieldSelector: "metadata.name=" + f.source.Pod,
		ResourceVersion: version}
	for event, err := range f.endpoint.pods.Watch(ctx, list, f.listOptions()...) {
		switch {
		case err != nil:
			return nil, err
		case event.Type == resources.Deleted || event.Object.Metadata.UID != f.uid:
			return nil, errPodGone
		case !f.waits(event.Object):
			return event.Object, nil
		}
	}
	return nil, context.Cause(ctx)
}

// waits reports whether nothing can be read in a state of the pod, and something may be later.
func (f *logFollower) waits(pod *resources.PodOutline) bool {
	step, ok := f.next(pod)
	return ok && step.wait
}

// listOptions returns the options of the call as those of a watch. All options of a get are also
// options of a list.
func (f *logFollower) listOptions() []resources.ListOption {
	var list []resources.ListOption
	for _, o := range f.opts {
		if option, ok := o.(resources.ListOption); ok {
			list = append(list, option)
		}
	}
	return list
}
