package debug

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
)

const (
	// toldAfter is how long a container has to start before the pod's events tell what it waits for. As a rule it runs by then.
	toldAfter = 300 * time.Millisecond
	// nodeEvery is the pause between two looks at whether the node is ready.
	nodeEvery = 10 * time.Second
	// DefaultPullGrace is how long an image may fail to be pulled: long enough for the kubelet's second try, which comes after ten seconds.
	DefaultPullGrace = 15 * time.Second
)

// hopeless are the reasons for waiting that do not heal by themselves; the last because an ephemeral container is never started again.
var hopeless = map[string]bool{
	"ErrImageNeverPull": true, "InvalidImageName": true, "CreateContainerConfigError": true, "RunContainerError": true,
}

// vigil is a wait for one container: what the pod's status, its events and its node say of it comes together here.
type vigil struct {
	pods      *resources.API[resources.PodOutline]
	container string
	limits
	progress func(Waiting)
	end      context.CancelCauseFunc

	mu            sync.Mutex
	pod           *resources.PodOutline
	status, event Waiting // the last that each said
	told          Waiting
	telling       bool        // what events say is told
	pulling       *time.Timer // since the image could not be pulled
	graceOver     bool
}

// waitFor follows pod until done holds, the container cannot start, or the timeout is over, which both are a *StartError.
func waitFor(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string, limits limits,
	progress func(Waiting), done func(*resources.PodOutline, *resources.ContainerState) bool) error {
	errTimeout := errors.New("timeout")
	if limits.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limits.timeout, errTimeout)
		defer cancel()
	}
	ctx, end := context.WithCancelCause(ctx)
	v := &vigil{pods: pods, pod: pod, container: container, limits: limits, progress: progress, end: end}
	var listening sync.WaitGroup
	if kindOf(&pod.Spec, container) == "ephemeral container" { // another may have been started before, and so may its events tell
		listening.Go(func() { v.tellLater(ctx) })
	}
	listening.Go(func() { v.watchNode(ctx) })
	if v.changed != nil {
		listening.Go(func() { v.listen(ctx) })
	}
	defer func() {
		end(nil)
		listening.Wait()
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.pulling != nil {
			v.pulling.Stop()
		}
	}()
	err := follow(ctx, pods, pod, func(pod *resources.PodOutline) (bool, error) {
		v.notify()
		state := &statusOf(pod, container).State
		if done(pod, state) {
			return true, nil
		}
		failed := v.look(pod, state)
		if failed != nil {
			return true, failed
		}
		return false, nil
	})
	var failed *StartError
	cause := context.Cause(ctx)
	switch {
	case err == errPodDeleted:
		return v.fail("PodDeleted", "")
	case err != nil && errors.As(cause, &failed):
		return failed
	case err == nil || cause != errTimeout:
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	message, last := fmt.Sprintf("not within %v", limits.timeout), v.told
	if last.Reason != "" {
		message += ", still " + last.Reason
	}
	if last.Message != "" {
		message += ": " + last.Message
	}
	return v.fail("Timeout", message)
}

// limits bound a wait. A timeout below zero is none.
type limits struct {
	timeout, grace time.Duration
	// changed, when set, is called at each change of the pod and at each event of the container, which tells sooner than the pod that it was started.
	changed func()
}

func (v *vigil) fail(reason, message string) *StartError {
	return &StartError{Pod: v.pod.Metadata.Name, Container: v.container, Reason: reason, Message: message}
}

// look takes in what the pod says while the container does not run.
func (v *vigil) look(pod *resources.PodOutline, state *resources.ContainerState) *StartError {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pod = pod
	phase := pod.Status.Phase
	switch {
	case pod.Status.Ended():
		return v.fail("PodFinished", "the pod is "+phase+", so nothing is started in it any more")
	case pod.Metadata.DeletionTimestamp != nil:
		return v.fail("PodDeleted", "the pod is being deleted, so nothing is started in it any more")
	}
	now := unscheduled(pod)
	waiting := state.Waiting
	if waiting != nil {
		now = Waiting{waiting.Reason, waiting.Message}
	}
	if now != v.status {
		v.status = now
		if !vague[now.Reason] || v.event.Reason == "" || !v.telling { // the events know better
			return v.hear(now)
		}
	}
	return nil
}

// vague are the reasons that a status gives for everything between scheduling and running.
var vague = map[string]bool{"": true, "ContainerCreating": true, "PodInitializing": true}

// hear takes in what the container waits for, with mu held. The error says that it waits in vain.
func (v *vigil) hear(now Waiting) *StartError {
	if now != v.told {
		v.told = now
		if v.progress != nil {
			v.progress(now)
		}
	}
	switch {
	case hopeless[now.Reason], pullFails(now.Reason) && v.graceOver:
		return v.fail(now.Reason, now.Message)
	case pullFails(now.Reason) && v.pulling == nil:
		v.pulling = time.AfterFunc(v.grace, v.graceEnds)
	}
	return nil
}

func pullFails(reason string) bool { return reason == "ErrImagePull" || reason == "ImagePullBackOff" }

func (v *vigil) graceEnds() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.graceOver = true
	if pullFails(v.told.Reason) { // otherwise it is being pulled once more just now
		v.end(v.fail(v.told.Reason, v.told.Message))
	}
}

// tellLater has the events tell what the container waits for, once it is not quick to start. Unless somebody asks for changes they are read from then on only.
func (v *vigil) tellLater(ctx context.Context) {
	select {
	case <-time.After(toldAfter):
	case <-ctx.Done():
		return
	}
	v.mu.Lock()
	v.telling = true
	if v.event.Reason != "" {
		v.tell()
	}
	v.mu.Unlock()
	if v.changed == nil {
		v.listen(ctx)
	}
}

// tell takes in what the last event says, with mu held.
func (v *vigil) tell() {
	failed := v.hear(v.event)
	if failed != nil {
		v.end(failed)
	}
}

// listen takes in the container's events.
func (v *vigil) listen(ctx context.Context) {
	v.mu.Lock()
	pod := v.pod
	v.mu.Unlock()
	var failure string
	watchEvents(ctx, v.pods, pod, v.container, func(e *event) {
		if e.InvolvedObject.FieldPath == "" {
			return
		}
		v.mu.Lock()
		v.event = e.waiting(&failure)
		if v.telling {
			v.tell()
		}
		v.mu.Unlock()
		v.notify()
	})
}

func (v *vigil) notify() {
	if v.changed != nil {
		v.changed()
	}
}

// watchNode looks now and then whether the node is one that starts containers, as long as it may be read.
func (v *vigil) watchNode(ctx context.Context) {
	for {
		select {
		case <-time.After(nodeEvery):
		case <-ctx.Done():
			return
		}
		v.mu.Lock()
		pod := v.pod
		v.mu.Unlock()
		place, err := placementOf(pod)
		if err != nil {
			return
		}
		problem, known := "", true
		if place.NodeName != "" {
			problem, known = nodeProblem(ctx, v.pods, place.NodeName)
		}
		switch {
		case !known:
			return
		case problem != "":
			v.mu.Lock()
			v.end(v.fail("NodeNotReady", problem))
			v.mu.Unlock()
			return
		}
	}
}

// unscheduled says why a pod has no node yet.
func unscheduled(pod *resources.PodOutline) (waiting Waiting) {
	var status struct {
		Conditions []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"conditions"`
	}
	place, err := placementOf(pod)
	if err != nil || place.NodeName != "" || len(pod.Status.Unknown) > 0 && json.Unmarshal(pod.Status.Unknown, &status) != nil {
		return Waiting{}
	}
	waiting = Waiting{"PodUnscheduled", "the pod is on no node yet"}
	for _, c := range status.Conditions {
		if c.Type == "PodScheduled" && c.Status == "False" {
			waiting = Waiting{c.Reason, c.Message}
		}
	}
	return waiting
}
