package debugcmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// offerRemoval finds the pods that earlier runs have left for the node or claim, or under the name
// of the copy. A killed kx cannot remove them. On a terminal it asks whether to remove them,
// otherwise it prints the command that does. The run goes on without the right to read pods.
func (d *debugCommand) offerRemoval(ctx context.Context, client *transport.Client) error {
	if !d.createsPod() || d.dryRun() {
		return nil
	}
	stop := "pod/" + d.mode.copy.To
	var pods []*resources.PodOutline
	var err error
	if d.mode.copy.To != "" {
		var pod *resources.PodOutline
		pod, err = resources.New[resources.PodOutline](client).Get(ctx, d.mode.copy.To)
		if err == nil && debug.IsDebugPod(pod) {
			pods = append(pods, pod)
		}
	} else {
		stop = d.pods.targets[0].PodTarget.String()
		pods, err = debugPodsOf(ctx, client, d.pods.targets[0].PodTarget)
	}
	if err != nil {
		return ctx.Err()
	}
	var names []string
	for _, pod := range pods {
		if pod.Metadata.DeletionTimestamp == nil {
			names = append(names, pod.Metadata.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	text := "Earlier runs have left " + command.CountPods(len(names)) + ": " +
		strings.Join(names, " ")
	in, _ := command.UserTerminal(d.session.Invocation)
	if in == nil {
		command.Notice(d.session.Invocation, `%s: remove with "kx debug stop %s%s"`, text, stop,
			d.session.Connection.NamespaceFlags())
		return nil
	}
	fmt.Fprintf(d.session.Err, "%s.\nRemove? [y/N] ", printer.OneLine(text))
	if !isYes(readLine(d.session.In)) {
		return nil
	}
	return d.removePods(ctx, client, names)
}

// removePods removes pods that kx has created. It waits for the end of a copy, whose name the new
// copy has.
func (d *debugCommand) removePods(ctx context.Context, client *transport.Client,
	names []string) error {
	for _, name := range names {
		_, err := debug.Stop(ctx, resources.New[resources.Pod](client), name, debug.StopOptions{})
		if err == nil && d.mode.copy.To != "" {
			kind, _ := resources.Lookup("pods")
			err = resources.WaitFor(ctx, resources.ForKind(client, kind), name, resources.Deleted)
		}
		if err != nil && !errors.Is(err, transport.ErrNotFound) {
			return err
		}
	}
	return nil
}
