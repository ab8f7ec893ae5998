package debug

import (
	"cmp"
	"context"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// IsDebugPod reports whether pod was created to debug: by RunOnNode, RunOnClaim or RunCopy, or by
// kubectl debug on a node.
func IsDebugPod(pod *resources.PodOutline) bool {
	switch pod.Metadata.Labels[managedBy] {
	case "kx-debug", "kubectl-debug":
		return true
	}
	return false
}

// removePod deletes a pod that was created to debug. It returns each container as removed.
func (o *StopOptions) removePod(ctx context.Context, pods *podAPI,
	pod *resources.PodOutline) (stopped []Stopped, err error) {
	grace := cmp.Or(o.Grace, DefaultGrace)
	_, err = pods.Delete(ctx, pod.Metadata.Name,
		resources.GracePeriod(int64((grace+time.Second-1)/time.Second)),
		resources.IfUID(pod.Metadata.UID))
	if err != nil {
		return nil, err
	}
	for i := range pod.Spec.Containers {
		spec := &pod.Spec.Containers[i]
		c := newEphemeralContainer(pod, spec)
		stopped = append(stopped, Stopped{EphemeralContainer: c, Removed: true,
			WasRunning: c.State == StateRunning})
	}
	return stopped, nil
}
