package debug

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/debug/internal/attach"
	"github.com/kx-k8s/kx/resources"
)

// DefaultGrace is how long processes have between SIGTERM and SIGKILL if StopOptions.Grace is zero.
const DefaultGrace = 5 * time.Second

const (
	// statusTimeout is how long the pod's status may take to show the end of a container whose
	// processes have ended.
	statusTimeout = 10 * time.Second
	// failedSignalsTimeout takes the place of statusTimeout after signals that failed. The
	// container may have ended by itself meanwhile, or with its stdin or its children.
	failedSignalsTimeout = 3 * time.Second
)

// StopOptions say which debug containers to stop.
type StopOptions struct {
	// Container is the name of an ephemeral container. An empty name is the pod's only running one.
	Container string
	// All stops all running ephemeral containers.
	All bool
	// Grace is how long processes have between SIGTERM and SIGKILL, in whole seconds. Zero is
	// DefaultGrace.
	Grace time.Duration
}

// Stopped is what Stop did with one container.
type Stopped struct {
	// EphemeralContainer is the container as it is now.
	*EphemeralContainer
	// Removed reports whether the whole pod was deleted: it was created to debug.
	Removed bool
	// WasRunning is false when the container had ended before.
	WasRunning bool
	// Err is nil when the container has ended, and a *StillRunningError when it still runs.
	Err error
}

// StillRunningError says that Stop could not end a container.
type StillRunningError struct {
	Pod, Container string
	// Err is the reason.
	Err error
}

func (e *StillRunningError) Error() string {
	return fmt.Sprintf("container %s of pod %s still runs: %v", e.Container, e.Pod, e.Err)
}

// Unwrap returns e.Err.
func (e *StillRunningError) Unwrap() error { return e.Err }

// Stop ends the processes of ephemeral containers of the pod called name. It returns the state of
// each container. The containers stay in the pod: Kubernetes cannot remove them.
//
// For each running container Stop does this:
//
//  1. It ends the container's stdin, if that is possible: with ^C and ^D at a terminal, else with
//     EOF.
//  2. If the container still runs after three seconds, or its stdin cannot be ended, Stop runs a
//     shell in the container. The shell sends SIGTERM and, after the grace, SIGKILL.
//
// The shell signals each process in the container's own mount namespace. Processes of other
// containers, which a target or the pod makes visible, are in other mount namespaces.
//
// The kernel drops signals to process 1 of a process namespace from within the namespace, unless
// process 1 handles them. A container without a target may therefore still run.
//
// A pod that RunOnNode or RunCopy has created, or kubectl debug on a node, is deleted instead,
// unless o names an ephemeral container. That needs the right to delete pods.
//
// Stop needs the right to get pods, and to get and create pods/exec; step 1 needs the same for
// pods/attach.
//
// An error says that Stop tried nothing. It is a *resources.OptionError when o does not name a
// container to stop.
func Stop(ctx context.Context, api *resources.API[resources.Pod], name string,
	o StopOptions) ([]Stopped, error) {
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	if o.Container == "" && IsDebugPod(pod) {
		return o.removePod(ctx, pods, pod)
	}
	chosen, err := o.choose(pod)
	if err != nil {
		return nil, err
	}
	stopped := make([]Stopped, len(chosen))
	var all sync.WaitGroup
	for i, c := range chosen {
		s := &stopped[i]
		s.EphemeralContainer = c
		s.WasRunning = c.State == StateRunning
		if s.WasRunning {
			all.Go(func() {
				if err := o.stopContainer(ctx, pods, pod, c); err != nil {
					s.Err = &StillRunningError{c.Pod, c.Name, err}
				}
			})
		}
	}
	all.Wait()
	return stopped, nil
}

// choose returns the containers that o names.
func (o *StopOptions) choose(pod *resources.PodOutline) ([]*EphemeralContainer, error) {
	var running []*EphemeralContainer
	var names []string
	for _, c := range EphemeralContainersOf(pod) {
		switch {
		case o.Container == c.Name:
			return []*EphemeralContainer{c}, nil
		case c.State == StateRunning:
			running, names = append(running, c), append(names, c.Name)
		}
	}
	if o.Container == "" && (o.All || len(running) < 2) {
		return running, nil
	}
	problem := "name one debug container, or ask for all"
	kind := kindOf(&pod.Spec, o.Container)
	switch {
	case kind != "":
		problem = "only ephemeral containers can be stopped: " + o.Container + " is of the kind " +
			string(kind)
	case o.Container != "":
		problem = fmt.Sprintf("there is no debug container %q", o.Container)
	}
	runningNames := "none"
	if names != nil {
		runningNames = strings.Join(names, " ")
	}
	return nil, &resources.OptionError{
		Option:  "StopOptions.Container",
		Problem: fmt.Sprintf("%s; running in pod %s: %s", problem, pod.Metadata.Name, runningNames),
	}
}

// stopContainer ends the processes of c, a running container of pod, and updates c. It returns an
// error if c still runs.
func (o *StopOptions) stopContainer(ctx context.Context, pods *podAPI, pod *resources.PodOutline,
	c *EphemeralContainer) error {
	var signalErr error
	stdinErr := attach.EndStdin(ctx, pods, pod, c.Name)
	if stdinErr != nil {
		signalErr = o.sendSignals(ctx, pods, c)
	}
	limit := statusTimeout
	if signalErr != nil {
		limit = failedSignalsTimeout
	}
	errLimit := fmt.Errorf("the pod's status does not show the container's end after %v; "+
		"the container may have processes that are invisible to its shell", limit)
	followCtx, cancel := context.WithTimeoutCause(ctx, limit, errLimit)
	defer cancel()
	err := followPod(followCtx, pods, pod, func(pod *resources.PodOutline) (bool, error) {
		for _, current := range EphemeralContainersOf(pod) {
			if current.Name == c.Name {
				*c = *current
			}
		}
		return c.State == StateExited, nil
	})
	switch {
	case err == nil:
		return nil
	case signalErr != nil:
		err = signalErr
	case errors.Is(context.Cause(followCtx), errLimit):
		err = errLimit
	}
	if errors.Is(stdinErr, attach.ErrNoStdin) || errors.Is(stdinErr, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w; ending the container's stdin failed too: %w", err, stdinErr)
}
