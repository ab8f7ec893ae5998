package debug

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kx-k8s/kx/debug/internal/attach"
	"github.com/kx-k8s/kx/resources"
)

// DefaultGrace is how long Stop gives processes to end by themselves.
const DefaultGrace = 5 * time.Second

// stoppedWithin is how long the pod's status may take to tell the end of a container whose processes have ended.
const stoppedWithin = 10 * time.Second

// StopOptions say which debug containers to stop.
type StopOptions struct {
	// Container is an ephemeral one. Without it, it is the only one of the pod that runs, or all of those with All.
	Container string
	All       bool
	// Grace is how long processes have between SIGTERM and SIGKILL, in whole seconds; zero means DefaultGrace.
	Grace time.Duration
}

// Stopped is what became of a container that Stop was to end.
type Stopped struct {
	// Container is as it is now.
	*Container
	// WasRunning is false when there was nothing to do.
	WasRunning bool
	// Err is nil once the container has ended, and a *StillRunningError where it runs on.
	Err error
}

// StillRunningError says why a container still runs. Err is what kept Stop from ending its processes.
type StillRunningError struct {
	Pod, Container string
	Err            error
}

func (e *StillRunningError) Error() string {
	return fmt.Sprintf("container %q of pod %q still runs: %v", e.Container, e.Pod, e.Err)
}

// Unwrap gives the cause.
func (e *StillRunningError) Unwrap() error { return e.Err }

// Stop ends the processes of ephemeral containers of the pod called name, which cannot be removed from it, and tells of each what became of it.
//
// Where a container's stdin can be ended, that is done first, by ^C and ^D where it has a terminal. Then a shell in the container sends SIGTERM and, after a grace,
// SIGKILL to each process in the container's own mount namespace: those of other containers, which it sees with a target or where the pod shares its processes,
// are in others. The first process of a process namespace ignores both signals from within unless it handles SIGTERM, so that a container
// without a target may run on.
//
// It takes the verbs get for pods and create (and get) for pods/exec, and for the end of stdin the same for pods/attach.
// The error says that nothing was tried; it is a *resources.OptionError where o names no container that can be stopped.
func Stop(ctx context.Context, api *resources.API[resources.Pod], name string, o StopOptions) ([]Stopped, error) {
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	chosen, err := o.choose(pod)
	if err != nil {
		return nil, err
	}
	stopped := make([]Stopped, len(chosen))
	var all sync.WaitGroup
	for i, c := range chosen {
		s := &stopped[i]
		s.Container = c
		s.WasRunning = c.State == StateRunning
		if s.WasRunning {
			all.Go(func() {
				if err := o.stop(ctx, pods, pod, c); err != nil {
					s.Err = &StillRunningError{c.Pod, c.Name, err}
				}
			})
		}
	}
	all.Wait()
	return stopped, nil
}

// choose finds the containers that o means.
func (o *StopOptions) choose(pod *resources.PodOutline) (chosen []*Container, err error) {
	running := ""
	for _, c := range Containers(pod) {
		switch {
		case o.Container == c.Name:
			return []*Container{c}, nil
		case c.State == StateRunning:
			chosen, running = append(chosen, c), running+" "+c.Name
		}
	}
	if o.Container == "" && (o.All || len(chosen) < 2) {
		return chosen, nil
	}
	problem := "name one debug container, or ask for all"
	kind := kindOf(&pod.Spec, o.Container)
	switch {
	case kind != "":
		problem = "only ephemeral containers can be stopped, and " + o.Container + " is of the kind " + kind
	case o.Container != "":
		problem = "there is no debug container " + o.Container
	}
	return nil, &resources.OptionError{Option: "StopOptions.Container", Problem: problem + ": in pod " + pod.Metadata.Name + " run" + running}
}

// stop ends the processes of c, a container of pod that runs, and completes it. The error is why it runs on.
func (o *StopOptions) stop(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, c *Container) error {
	var why error
	inputErr := attach.EndStdin(ctx, pods, pod, c.Name)
	if inputErr != nil {
		why = o.signal(ctx, pods, c)
	}
	limit := stoppedWithin
	if why != nil { // it may have ended by itself, or because its input and its children have
		limit = attach.EndStdinTimeout
	}
	late := fmt.Errorf("the pod's status does not tell its end after %v, as when it has processes that its own shell may not look at", limit)
	within, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	err := follow(within, pods, pod, func(pod *resources.PodOutline) (bool, error) {
		for _, now := range Containers(pod) {
			if now.Name == c.Name {
				*c = *now
			}
		}
		return c.State == StateExited, nil
	})
	switch {
	case err == nil:
		return nil
	case why != nil:
		err = why
	case context.Cause(within) == late:
		err = late
	}
	if errors.Is(inputErr, attach.ErrNoStdin) || errors.Is(inputErr, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("%w; and its stdin cannot be ended: %w", err, inputErr)
}
