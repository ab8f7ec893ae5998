package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// findSources returns the containers whose logs are printed. With -f they have started.
func (l *logsCommand) findSources(ctx context.Context,
	client *transport.Client) ([]logSource, error) {
	byName := l.selector == "" && l.target.IsPod() && l.container.Name() != ""
	if byName && !l.options.Follow {
		return []logSource{{l.target.Name, l.container.Name(), ""}}, nil // the server checks both
	}
	pods, err := l.findPods(ctx, client)
	if err != nil {
		return nil, err
	}
	var sources []logSource
	for _, pod := range pods {
		names, err := l.containersOf(pod, command.Noticer(l.Invocation))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			sources = append(sources, logSource{pod.Metadata.Name, name, pod.Metadata.UID})
		}
	}
	switch {
	case !l.options.Follow:
	case len(sources) == 1 && !l.followsLater():
		err = l.awaitStart(ctx, client, pods[0], sources[0].container)
	default:
		l.printWaiting(pods)
	}
	return sources, err
}

// containersOf returns the containers of a pod to print, init containers first.
func (l *logsCommand) containersOf(pod *resources.PodOutline,
	notice func(string, ...any)) ([]string, error) {
	if !l.allContainers {
		container, err := l.container.Select(notice, pod)
		if err != nil {
			return nil, err
		}
		return []string{container.Name}, nil
	}
	var names []string
	for _, list := range [][]resources.ContainerOutline{pod.Spec.InitContainers,
		pod.Spec.Containers, pod.Spec.EphemeralContainers} {
		for i := range list {
			names = append(names, list[i].Name)
		}
	}
	return names, nil
}

// printWaiting prints which containers have not started. Their logs follow when they have.
func (l *logsCommand) printWaiting(pods []*resources.PodOutline) {
	for _, pod := range pods {
		for _, c := range pod.Spec.AllContainers() {
			waiting := pod.Status.Container(c.Name).State.Waiting
			if waiting != nil && !hasLog(pod, c.Name) {
				command.Notice(l.Invocation, "container %s of pod %s has not started: %s",
					c.Name, pod.Metadata.Name,
					strings.TrimSuffix(printer.OneLine(waiting.Reason+": "+waiting.Message), ":"))
			}
		}
	}
}

// findPods returns the pods that the command line names.
func (l *logsCommand) findPods(ctx context.Context,
	client *transport.Client) (pods []*resources.PodOutline, err error) {
	switch {
	case l.selector != "":
		pods, err = resources.SelectPods(ctx, client, l.selector)
		if err == nil && len(pods) == 0 {
			command.Notice(l.Invocation, "No resources found in %s namespace.", client.Namespace())
		}
	case l.allPods && !l.target.IsPod():
		pods, err = l.target.FindWorkload(ctx, client)
	default:
		pod, err := l.target.Find(ctx, client, command.Noticer(l.Invocation))
		return []*resources.PodOutline{pod}, err
	}
	sortByName(pods)
	return pods, err
}

// sortByName sorts pods as the server lists them.
func sortByName(pods []*resources.PodOutline) {
	slices.SortFunc(pods, func(a, b *resources.PodOutline) int {
		return strings.Compare(a.Metadata.Name, b.Metadata.Name)
	})
}

// awaitStart waits until a container has started, and fails if it cannot start.
func (l *logsCommand) awaitStart(ctx context.Context, client *transport.Client,
	pod *resources.PodOutline, container string) error {
	if hasLog(pod, container) {
		return nil
	}
	pods := resources.New[resources.PodOutline](client)
	progress := term.NewProgress(l.Err, l.Quiet)
	_, err := debug.AwaitRunning(ctx, pods, pod, container, l.container.Timeout(),
		command.WaitingOn(progress))
	progress.Done(err == nil)
	if !errors.As(err, new(*debug.StartError)) {
		return err
	}
	current, getErr := pods.Get(ctx, pod.Metadata.Name)
	if getErr == nil && hasLog(current, container) {
		return nil // it has started, and ended
	}
	return err
}

// hasLog reports whether the container has started.
func hasLog(pod *resources.PodOutline, container string) bool {
	status := pod.Status.Container(container)
	return status.State.Running != nil || status.State.Terminated != nil ||
		status.LastTerminationState.Terminated != nil
}
