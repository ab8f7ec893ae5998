package debug

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kx-k8s/kx/internal/ocierror"
	"github.com/kx-k8s/kx/resources"
)

const (
	// reportDelay is how long a container has to start before events are reported. Most containers
	// run by then.
	reportDelay = 300 * time.Millisecond
	// nodeInterval is the pause between two checks of the node.
	nodeInterval = 10 * time.Second
	// DefaultPullGrace is how long the pull of an image may fail if Options.PullGrace is zero.
	// It is long enough for the kubelet's second attempt, 10 s after the first.
	DefaultPullGrace = 15 * time.Second
)

// permanentReasons are reasons in the status of a waiting container. A container that waits for one
// of them never starts. RunContainerError belongs to them because the kubelet never restarts an
// ephemeral container.
var permanentReasons = map[string]bool{
	"ErrImageNeverPull": true, "InvalidImageName": true, "CreateContainerConfigError": true,
	"RunContainerError": true,
}

// genericReasons are the reasons that a status shows for every step between scheduling and running.
// The events name the step.
var genericReasons = map[string]bool{"": true, "ContainerCreating": true, "PodInitializing": true}

// startWatcher watches a container until it has started. It combines three sources:
// the pod's status, the container's events, and the node's condition Ready.
type startWatcher struct {
	pods      *podAPI
	container string
	existed   bool          // as in StartError
	isNew     bool          // no other container ran in the pod under this name
	timeout   time.Duration // negative for no limit
	elapsed   time.Duration // of timeout
	pullGrace time.Duration // how long the pull of the image may fail
	progress  func(Waiting)
	// pending, if not nil, is notified at each change of the pod and each event of the container.
	// The event of a start comes before the pod's status.
	pending *pendingStart
	cancel  context.CancelCauseFunc

	mu            sync.Mutex
	pod           *resources.PodOutline
	status, event Waiting     // the last of each source
	reported      Waiting     // the last that progress got
	reportsEvents bool        // reportDelay is over
	pullTimer     *time.Timer // since the first failed pull
	pullGraceOver bool
}

// run watches the pod until done returns true. The error is a *StartError when the container cannot
// start, and when the timeout is over.
func (w *startWatcher) run(ctx context.Context, done func(*resources.PodOutline,
	*resources.ContainerState) bool) error {
	errTimeout := errors.New("timeout")
	if w.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.timeout-w.elapsed, errTimeout)
		defer cancel()
	}
	ctx, w.cancel = context.WithCancelCause(ctx)
	var background sync.WaitGroup
	// Another container may have run before under the same name, and its events would be reported.
	if w.isNew || kindOf(&w.pod.Spec, w.container) == resources.KindEphemeralContainer {
		background.Go(func() { w.reportAfterDelay(ctx) })
	}
	background.Go(func() { w.watchNode(ctx) })
	if w.pending != nil {
		background.Go(func() { w.watchEvents(ctx) })
	}
	defer func() {
		w.cancel(nil)
		background.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.pullTimer != nil {
			w.pullTimer.Stop()
		}
	}()
	err := followPod(ctx, w.pods, w.pod, func(pod *resources.PodOutline) (bool, error) {
		w.notify()
		state := &pod.Status.Container(w.container).State
		if done(pod, state) {
			return true, nil
		}
		failed := w.onPod(pod, state)
		if failed != nil {
			return true, failed
		}
		return false, nil
	})
	var failed *StartError
	cause := context.Cause(ctx)
	switch {
	case errors.Is(err, errPodDeleted):
		return w.startError("PodDeleted", "")
	case err != nil && errors.As(cause, &failed):
		return failed
	case err == nil || !errors.Is(cause, errTimeout):
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	message, last := fmt.Sprintf("not within %v", w.timeout), w.reported
	if last.Reason != "" {
		message += ", still " + last.Reason
	}
	if last.Message != "" {
		message += ": " + last.Message
	}
	return w.startError("Timeout", message)
}

func (w *startWatcher) startError(reason, message string) *StartError {
	return &StartError{Pod: w.pod.Metadata.Name, Container: w.container, Reason: reason,
		Message: message, existed: w.existed}
}

// onPod handles a state of the pod in which the container does not run.
func (w *startWatcher) onPod(pod *resources.PodOutline,
	state *resources.ContainerState) *StartError {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pod = pod
	var ended *StartError
	if errors.As(podEndedError(pod), &ended) {
		return w.startError(ended.Reason, ended.Message)
	}
	current := schedulingProblem(pod)
	waiting := state.Waiting
	if waiting != nil {
		current = Waiting{waiting.Reason, waiting.Message}
	}
	if current == w.status {
		return nil
	}
	w.status = current
	if genericReasons[current.Reason] && w.event.Reason != "" && w.reportsEvents {
		return nil // the last event says more
	}
	return w.report(current)
}

// report sends current to progress. It returns an error if the container can never start. The
// caller holds mu.
func (w *startWatcher) report(current Waiting) *StartError {
	if current != w.reported {
		w.reported = current
		if w.progress != nil {
			w.progress(current)
		}
	}
	switch {
	case permanentReasons[current.Reason], isPullFailure(current.Reason) && w.pullGraceOver,
		cannotStart(current):
		return w.startError(current.Reason, current.Message)
	case isPullFailure(current.Reason) && w.pullTimer == nil:
		w.pullTimer = time.AfterFunc(w.pullGrace, w.onPullGraceOver)
	}
	return nil
}

// cannotStart reports whether the container's command cannot be started. CRI-O says so with a
// reason that the kubelet retries.
func cannotStart(current Waiting) bool {
	_, isCommand := ocierror.Parse(current.Message)
	return isCommand && current.Reason == "CreateContainerError"
}

func isPullFailure(reason string) bool {
	return reason == "ErrImagePull" || reason == "ImagePullBackOff"
}

func (w *startWatcher) onPullGraceOver() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pullGraceOver = true
	if isPullFailure(w.reported.Reason) { // otherwise another pull is under way
		w.cancel(w.startError(w.reported.Reason, w.reported.Message))
	}
}

// reportAfterDelay reports events from reportDelay on. If w.pending is nil, it also starts to read
// the events; otherwise run has started that.
func (w *startWatcher) reportAfterDelay(ctx context.Context) {
	select {
	case <-time.After(reportDelay):
	case <-ctx.Done():
		return
	}
	w.mu.Lock()
	w.reportsEvents = true
	if w.event.Reason != "" {
		w.reportEvent()
	}
	w.mu.Unlock()
	if w.pending == nil {
		w.watchEvents(ctx)
	}
}

// reportEvent reports the last event. The caller holds mu.
func (w *startWatcher) reportEvent() {
	failed := w.report(w.event)
	if failed != nil {
		w.cancel(failed)
	}
}

// watchEvents calls onEvent with each event of the container.
func (w *startWatcher) watchEvents(ctx context.Context) {
	w.mu.Lock()
	pod := w.pod
	w.mu.Unlock()
	var lastFailure string
	watchEvents(ctx, w.pods, pod, w.container, func(e *coreEvent) {
		if e.InvolvedObject.FieldPath == "" {
			return
		}
		if e.Reason == "Started" && w.pending != nil {
			w.pending.markStarted()
		}
		w.onEvent(e.asWaiting(&lastFailure))
	})
	if w.pending != nil {
		close(w.pending.noEvents)
	}
}

// onEvent handles an event of the container.
func (w *startWatcher) onEvent(event Waiting) {
	w.mu.Lock()
	w.event = event
	if w.reportsEvents {
		w.reportEvent()
	}
	w.mu.Unlock()
	w.notify()
}

func (w *startWatcher) notify() {
	if w.pending != nil {
		w.pending.notify()
	}
}

// watchNode checks every nodeInterval whether the node is ready. It returns when the node cannot be
// read.
func (w *startWatcher) watchNode(ctx context.Context) {
	for {
		select {
		case <-time.After(nodeInterval):
		case <-ctx.Done():
			return
		}
		w.mu.Lock()
		pod := w.pod
		w.mu.Unlock()
		place, err := placementOf(pod)
		if err != nil {
			return
		}
		problem, known := "", true
		if place.NodeName != "" {
			problem, known = nodeProblem(ctx, w.pods, place.NodeName)
		}
		switch {
		case !known:
			return
		case problem != "":
			w.mu.Lock()
			w.cancel(w.startError("NodeNotReady", problem))
			w.mu.Unlock()
			return
		}
	}
}
