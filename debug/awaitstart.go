package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/resources"
)

// awaitStart watches the pod until the container of res runs, has ended or cannot start. It then
// completes res. pending is that of the startWatcher.
func awaitStart(ctx context.Context, pods *podAPI, res *Result, o *Options,
	pending *pendingStart) error {
	w := &startWatcher{
		pods: pods, pod: res.Object, container: res.Container, isNew: true,
		progress: o.Progress, timeout: cmp.Or(o.Timeout, DefaultTimeout),
		elapsed:   o.addTime,
		pullGrace: cmp.Or(o.PullGrace, DefaultPullGrace), pending: pending,
	}
	message := ""
	err := w.run(ctx, func(pod *resources.PodOutline,
		state *resources.ContainerState) (done bool) {
		res.Object = pod
		ended := state.Terminated
		if ended == nil && state.Running == nil { // the kubelet restarts a container of a copy
			ended = pod.Status.Container(res.Container).LastTerminationState.Terminated
		}
		if ended != nil && state.Waiting != nil && ended.Reason == "StartError" {
			ended = nil // the waiting reason says so too
		}
		if ended != nil {
			res.ExitCode, res.Reason, message = int(ended.ExitCode), ended.Reason, ended.Message
		}
		res.Running = state.Running != nil
		return res.Running || ended != nil
	})
	// In a pod whose restartPolicy is Never, a container that could not start is shown as
	// terminated.
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

// pendingStart is an awaitStart that runs in the background, while the caller tries to attach.
type pendingStart struct {
	started  chan struct{} // closed once an event says so
	noEvents chan struct{} // closed if the events cannot be read, and at the end
	changed  chan struct{} // has an element when the pod has changed since the last receive
	done     chan struct{} // closed once res and err are final
	res      Result
	err      error
}

// awaitStartInBackground calls awaitStart in a goroutine, which ends with ctx at the latest.
func awaitStartInBackground(ctx context.Context, pods *podAPI, res Result,
	o *Options) *pendingStart {
	p := &pendingStart{started: make(chan struct{}), noEvents: make(chan struct{}),
		changed: make(chan struct{}, 1), done: make(chan struct{}), res: res}
	go func() {
		defer close(p.done)
		p.err = awaitStart(ctx, pods, &p.res, o, p)
	}()
	return p
}

func (p *pendingStart) notify() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// markStarted closes started. One goroutine calls it, several times.
func (p *pendingStart) markStarted() {
	select {
	case <-p.started:
	default:
		close(p.started)
	}
}

// isDone reports whether res and err are final.
func (p *pendingStart) isDone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
