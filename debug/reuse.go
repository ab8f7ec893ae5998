package debug

import (
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// findReusable returns the last running container of pod that matches the plan, names aside.
// It returns nil if there is none, or if o does not ask for one.
func (o *Options) findReusable(pod *resources.PodOutline, plan *Plan) *Result {
	if !o.Reuse {
		return nil
	}
	// With stdinOnce, the stdin of such a container ended with its first client. Without stdinOnce,
	// it never reads EOF.
	if o.Stdin != nil && !o.TTY {
		o.sendNotice("Adding a new container: without a terminal a container takes stdin once only")
		return nil
	}
	for _, c := range slices.Backward(pod.Spec.EphemeralContainers) {
		stored, err := json.Marshal(c)
		running := pod.Status.Container(c.Name).State.Running != nil
		if err == nil && running && subresource.ContainerMatches(stored, plan.Container) {
			o.sendNotice("Reusing container " + c.Name + ", which already runs")
			return &Result{Pod: pod.Metadata.Name, Container: c.Name, Object: pod, Adopted: true,
				Reused: true}
		}
	}
	return nil
}
