package debugcmd

import (
	"context"
	"fmt"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// podsToStop returns the names of the pods with debug containers: the pod called name, or the pods
// that kx has created on the node called name.
func (s *debugStopCommand) podsToStop(ctx context.Context, client *transport.Client, name string,
	onNode bool) (names []string, err error) {
	if !onNode {
		return []string{name}, nil
	}
	pods := resources.New[resources.PodOutline](client)
	selected := resources.ListOptions{LabelSelector: debug.DebugPods,
		FieldSelector: "spec.nodeName=" + name}
	for pod, err := range pods.All(ctx, selected) {
		if err != nil {
			return nil, err
		}
		names = append(names, pod.Metadata.Name)
	}
	if len(names) == 0 {
		fmt.Fprintf(s.Err, "No debug pod of namespace %s is on node %s\n", client.Namespace(), name)
	}
	return names, nil
}
