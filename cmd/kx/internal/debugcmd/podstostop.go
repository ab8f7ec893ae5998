package debugcmd

import (
	"context"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// podsToStop returns the names of the pods that kx has created for a node or for a claim.
func (s *debugStopCommand) podsToStop(ctx context.Context, client *transport.Client,
	of command.PodTarget) (names []string, err error) {
	pods, err := debugPodsOf(ctx, client, of)
	if err != nil {
		return nil, err
	}
	for _, pod := range pods {
		names = append(names, pod.Metadata.Name)
	}
	if len(names) == 0 {
		what := "mounts claim "
		if command.SameKind(of.Kind, "nodes") {
			what = "is on node "
		}
		command.Notice(s.Invocation, "No debug pod of namespace %s %s%s",
			client.Namespace(), what, of.Name)
	}
	return names, nil
}

// debugPodsOf returns the pods that kx has created for a node or for a claim.
func debugPodsOf(ctx context.Context, client *transport.Client,
	of command.PodTarget) (pods []*resources.PodOutline, err error) {
	api, selected := resources.New[resources.Pod](client),
		resources.ListOptions{LabelSelector: debug.DebugPods}
	if !command.SameKind(of.Kind, "nodes") {
		return debug.PodsOfClaim(ctx, api, of.Name, selected)
	}
	selected.FieldSelector = "spec.nodeName=" + of.Name
	for pod, listErr := range resources.As[resources.PodOutline](api).All(ctx, selected) {
		pods, err = append(pods, pod), listErr
	}
	return pods, err
}
