package debug

import (
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// reuse finds the last container of pod, which Add puts there, that runs and is the one that was planned, nil where o wants none or there is none.
func (o *Options) reuse(pod *resources.PodOutline, plan *Plan) *Result {
	if !o.Reuse {
		return nil
	}
	if o.Stdin != nil && !o.TTY { // with stdinOnce the first end of it was the last, and without it no end reaches the program
		o.notice("a container without a terminal is given an input once only, so a new one is added")
		return nil
	}
	for _, c := range slices.Backward(pod.Spec.EphemeralContainers) {
		stored, err := json.Marshal(c)
		if err == nil && statusOf(pod, c.Name).State.Running != nil && subresource.ContainerMatches(stored, plan.Container) {
			o.notice("container " + c.Name + " runs already and is reused")
			return &Result{Pod: pod.Metadata.Name, Container: c.Name, Object: pod, Adopted: true, Reused: true}
		}
	}
	return nil
}
