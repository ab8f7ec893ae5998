package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const (
	defaultContainer = "kubectl.kubernetes.io/default-container"
	timeoutFlag      = "pod-running-timeout"
	// scheduleTimeout is how long a pod may be on no node if timeoutFlag is not given. Schedulers
	// need milliseconds for a pod that fits a node, and minutes for one that waits for a new node.
	scheduleTimeout = 3 * time.Second
)

// ContainerFlags are the flags of the commands that work in an existing container.
type ContainerFlags struct {
	Pods PodChooser

	container string
	timeout   DurationFlag
}

// Register adds the flags to cmd.
func (c *ContainerFlags) Register(k *Invocation, cmd *cobra.Command) {
	c.registerWith(k, cmd, time.Minute)
}

func (c *ContainerFlags) registerWith(k *Invocation, cmd *cobra.Command, timeout time.Duration) {
	c.timeout = DurationFlag(timeout)
	f := cmd.Flags()
	f.StringVarP(&c.container, "container", "c", "", "`NAME` of the container")
	f.Var(&c.timeout, timeoutFlag, "limit of the wait; 0: none")
	MustRegister(cmd.RegisterFlagCompletionFunc("container", k.CompleteContainers))
	c.Pods.Register(cmd)
	cmd.ValidArgsFunction = k.CompleteTarget(WorkloadKinds...)
}

// RegisterForLogs is Register for a command that reads logs.
func (c *ContainerFlags) RegisterForLogs(k *Invocation, cmd *cobra.Command) {
	c.registerWith(k, cmd, 20*time.Second)
}

// Name returns the name that --container has, or "".
func (c *ContainerFlags) Name() string { return c.container }

// SetName sets the name that --container has.
func (c *ContainerFlags) SetName(name string) { c.container = name }

// Timeout returns the limit of the wait, or a negative number for none.
func (c *ContainerFlags) Timeout() time.Duration {
	if c.timeout == 0 {
		return -1
	}
	return time.Duration(c.timeout)
}

// Find returns the pod that target names, and the selected container: the one of --container, of
// the annotation kubectl.kubernetes.io/default-container, or the first.
func (c *ContainerFlags) Find(ctx context.Context, s *Session, client *transport.Client,
	target PodTarget) (*resources.PodOutline, *Container, error) {
	pod, err := target.Find(ctx, client, Noticer(s.Invocation))
	if err != nil {
		return nil, nil, err
	}
	container, err := c.Select(Noticer(s.Invocation), pod)
	return pod, container, err
}

// Select returns the selected container of pod. It calls notice if it chose the first of several.
func (c *ContainerFlags) Select(notice func(format string, args ...any),
	pod *resources.PodOutline) (*Container, error) {
	name := pod.Metadata.Name
	all := containersOf(pod)
	wanted := cmp.Or(c.container, pod.Metadata.Annotations[defaultContainer])
	for i := range all {
		if all[i].Name == wanted {
			return &all[i], nil
		}
	}
	names := namesOf(all)
	switch {
	case c.container != "":
		return nil, fmt.Errorf("pod %s has no container %q: it has %s", name,
			c.container, printer.JoinWords(names, "and"))
	case len(all) == 0:
		return nil, fmt.Errorf("pod %s has no containers", name)
	case len(all) > 1:
		notice("Defaulted container %q out of: %s", all[0].Name, strings.Join(names, ", "))
	}
	return &all[0], nil
}

// AwaitRunning waits until the container runs, and returns the pod as of then. purpose is a
// verb for messages, such as "run a program".
func (c *ContainerFlags) AwaitRunning(ctx context.Context, s *Session,
	pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container,
	purpose string) (*resources.PodOutline, error) {
	phase := pod.Status.Phase
	if pod.Status.Ended() {
		return nil, fmt.Errorf("cannot %s in pod %s: the pod has ended (%s)", purpose,
			pod.Metadata.Name, phase)
	}
	progress := term.NewProgress(s.Err, s.Quiet)
	var err error
	if !s.Command.Flags().Changed(timeoutFlag) {
		pod, err = debug.AwaitScheduled(ctx, pods, pod, scheduleTimeout, WaitingOn(progress))
	}
	if err == nil {
		pod, err = debug.AwaitRunning(ctx, pods, pod, container, c.Timeout(), WaitingOn(progress))
	}
	progress.Done(err == nil)
	if errors.As(err, new(*debug.UnscheduledError)) {
		err = fmt.Errorf("cannot %s: %w; --%s 1m waits for a node", purpose, err, timeoutFlag)
	}
	return pod, err
}

// Container is a container of any kind.
type Container struct {
	*resources.ContainerOutline
	kind string // follows the name in lists; "" for the containers of spec.containers
}

// containersOf returns all containers: first those of spec.containers, then ephemeral and init
// containers.
func containersOf(pod *resources.PodOutline) (all []Container) {
	suffixes := map[resources.ContainerKind]string{
		resources.KindEphemeralContainer: " (ephem)",
		resources.KindInitContainer:      " (init)",
	}
	for kind, c := range pod.Spec.AllContainers() {
		all = append(all, Container{c, suffixes[kind]})
	}
	return all
}

// namesOf returns the names with their kinds.
func namesOf(all []Container) (names []string) {
	for _, c := range all {
		names = append(names, c.Name+c.kind)
	}
	return names
}

// WaitingOn adapts p to the Progress option of package debug.
func WaitingOn(p *term.Progress) func(debug.Waiting) {
	return func(w debug.Waiting) { p.Show(w.Reason, w.Message) }
}
