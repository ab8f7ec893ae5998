package debug

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/debug/internal/target"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// Reasons of a TargetError.
const (
	// NotShared says that the runtime has given the debug container a process namespace of its own.
	NotShared = target.NotShared
	// TargetNotRunning says that the target has ended, or has not started yet.
	TargetNotRunning = target.NotRunning
	// AccessDenied says that the target's processes are visible, but belong to another user.
	AccessDenied = target.AccessDenied
	// NotVerified says that the probe could not run in the debug container, or that its result is
	// ambiguous.
	NotVerified = target.NotVerified
)

// TargetError says why a debug container does not see the files of its target, or why that is
// unknown.
type TargetError struct {
	Pod, Container, Target string
	// Reason is one of NotShared, TargetNotRunning, AccessDenied and NotVerified. Message explains
	// it.
	Reason, Message string
	// Err is the error of the probe's exec, or nil.
	Err error
}

func (e *TargetError) Error() string {
	if e.Reason == NotVerified {
		return fmt.Sprintf(
			"cannot verify that container %s of pod %s sees the files of container %s: %s",
			e.Container, e.Pod, e.Target, e.Message)
	}
	return fmt.Sprintf("container %s of pod %s does not see the files of container %s: %s",
		e.Container, e.Pod, e.Target, e.Message)
}

// Unwrap returns e.Err.
func (e *TargetError) Unwrap() error { return e.Err }

// TargetRoot returns the path of the target's files in a running ephemeral container, such as
// /proc/1/root. It runs sh in that container, which finds the target's processes by their cgroup.
// Without a path the error is a *TargetError, or the error of reading the pod.
func TargetRoot(ctx context.Context, api *resources.API[resources.Pod], name,
	container string) (string, error) {
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return "", err
	}
	for i := range pod.Spec.EphemeralContainers {
		c := &pod.Spec.EphemeralContainers[i]
		if c.Name == container && c.TargetContainerName != "" {
			return probeTarget(ctx, pods, pod, container, c.TargetContainerName)
		}
	}
	return "", fmt.Errorf("pod %s has no debug container %q with a target", name, container)
}

// probeTarget returns the path of the target's files in container, which must run. The error is a
// *TargetError.
func probeTarget(
	ctx context.Context, pods *podAPI, pod *resources.PodOutline, container, targetName string,
) (string, error) {
	_, isolated := expectedRoot(pod)
	root, problem := target.Root(ctx, pods, pod.Metadata.Name,
		target.Container{Name: container, Status: pod.Status.Container(container)},
		target.Container{Name: targetName, Status: pod.Status.Container(targetName)}, isolated)
	if problem != nil {
		return "", &TargetError{pod.Metadata.Name, container, targetName, problem.Reason,
			problem.Message, problem.Err}
	}
	return root, nil
}

// reportTarget sends a notice of the path of the target's files in the container that was added, or
// a warning why there is none.
func (o *Options) reportTarget(ctx context.Context, pods *podAPI, res *Result) {
	if o.Target == "" || o.Notice == nil {
		return
	}
	root, err := probeTarget(ctx, pods, res.Object, res.Container, o.Target)
	if err != nil {
		o.sendNotice("Warning: " + err.Error())
		return
	}
	o.reportTargetFiles(root)
}

// reportTargetDuringAttach probes the target while Run is attached. attachTo has already reported
// the expected path of a target that ran. reportTargetDuringAttach reports only another path, or
// why there is none.
func (o *Options) reportTargetDuringAttach(ctx context.Context, pods *podAPI, res *Result) {
	if o.Target == "" || o.skipTargetCheck || !res.Running {
		return
	}
	root, err := probeTarget(ctx, pods, res.Object, res.Container, o.Target)
	expected, _ := expectedRoot(res.Object)
	var failed *TargetError
	switch {
	case ctx.Err() != nil:
	case err == nil && (root != expected || !o.filesReported):
		o.reportTargetFiles(root)
	case errors.As(err, &failed) && failed.Reason == NotVerified &&
		!errors.Is(err, transport.ErrForbidden):
		// The container has usually ended meanwhile.
	case err != nil:
		o.sendNotice("Warning: " + err.Error())
	}
}

func (o *Options) reportTargetFiles(root string) {
	o.filesReported = true
	o.sendNotice(fmt.Sprintf("The files of container %s are under %s", o.Target, root))
}

// expectedRoot returns the path of the target's files as far as the pod's spec determines it.
// isolated reports whether the pod's containers share no processes except with a target.
// Otherwise the path depends on process IDs, and root is "".
func expectedRoot(pod *resources.PodOutline) (root string, isolated bool) {
	var spec struct {
		HostPID bool `json:"hostPID"`
		Shared  bool `json:"shareProcessNamespace"`
	}
	if len(pod.Spec.Unknown) > 0 && json.Unmarshal(pod.Spec.Unknown, &spec) != nil ||
		spec.HostPID || spec.Shared {
		return "", false
	}
	return "/proc/1/root", true
}
