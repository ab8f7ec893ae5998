package debug

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
)

// UnscheduledError reports that no node runs a pod yet.
type UnscheduledError struct {
	Pod string
	// Reason and Message are those of the pod's condition PodScheduled, such as Unschedulable.
	// Without that condition, no scheduler has handled the pod.
	Reason, Message string
}

func (e *UnscheduledError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("pod %s is on no node yet: no scheduler has handled it", e.Pod)
	}
	return fmt.Sprintf("pod %s is on no node yet: %s: %s", e.Pod, e.Reason, e.Message)
}

// AwaitScheduled watches pod until a node runs it, for at most limit, and returns the pod as it is
// then. It sends nothing if a node runs the pod already. progress is as in Options.
//
// The result and the error:
//
//	pod, nil                 the pod is on a node, or has ended
//	nil, *UnscheduledError   the pod is on no node after limit, or is deleted
//	nil, other error         the pod cannot be watched, or ctx has ended
func AwaitScheduled(
	ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline,
	limit time.Duration, progress func(Waiting),
) (*resources.PodOutline, error) {
	errLimit := errors.New("limit")
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	var last Waiting
	err := followPod(ctx, pods, pod, func(current *resources.PodOutline) (done bool, err error) {
		pod = current
		problem := schedulingProblem(pod)
		switch {
		case problem == (Waiting{}), pod.Status.Ended():
			return true, nil
		case pod.Metadata.DeletionTimestamp != nil:
			return true, errPodDeleted
		}
		if problem != last && progress != nil {
			progress(problem)
		}
		last = problem
		return false, nil
	})
	switch {
	case errors.Is(err, errPodDeleted):
		return nil, &UnscheduledError{pod.Metadata.Name, "PodDeleted", "it is deleted"}
	case err != nil && errors.Is(context.Cause(ctx), errLimit):
		return nil, newUnscheduledError(pod)
	case err != nil:
		return nil, err
	}
	return pod, nil
}

// newUnscheduledError returns an *UnscheduledError if no node runs the pod.
func newUnscheduledError(pod *resources.PodOutline) error {
	problem := schedulingProblem(pod)
	switch problem.Reason {
	case "":
		return nil
	case reasonUnscheduled:
		return &UnscheduledError{Pod: pod.Metadata.Name}
	}
	return &UnscheduledError{pod.Metadata.Name, problem.Reason, problem.Message}
}

// reasonUnscheduled is schedulingProblem's reason for a pod without the condition PodScheduled.
const reasonUnscheduled = "PodUnscheduled"

// schedulingProblem returns why the pod is not scheduled to a node yet, or a zero Waiting if it is.
func schedulingProblem(pod *resources.PodOutline) (waiting Waiting) {
	var status struct {
		Conditions []nodeCondition `json:"conditions"` // a pod's conditions have the same fields
	}
	place, err := placementOf(pod)
	undecodable := len(pod.Status.Unknown) > 0 && json.Unmarshal(pod.Status.Unknown, &status) != nil
	if err != nil || place.NodeName != "" || undecodable {
		return Waiting{}
	}
	waiting = Waiting{reasonUnscheduled, errNoNode.Error()}
	for _, c := range status.Conditions {
		if c.Type == "PodScheduled" && c.Status == "False" {
			waiting = Waiting{c.Reason, c.Message}
		}
	}
	return waiting
}
