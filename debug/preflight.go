package debug

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/internal/imagename"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// preflight runs before the PATCH. It looks for reasons that would keep the container from
// starting.
//
//	the pod has ended, or is being deleted   preflight returns a *StartError
//	the target has ended for good            preflight returns a *StartError
//	the target is in CrashLoopBackOff        preflight sends a notice
//	the node is not ready, or is gone        preflight returns a *StartError
//	the pod is on no node yet                preflight sends a notice
//	the node may not have the image          preflight sends a notice
//	the node cannot be read                  preflight sends a notice; with AutoImage it fails
//
// preflight also replaces AutoImage by the chosen image. It does only that in a dry run, and if the
// pod already has the container: then no container starts.
func (o *Options) preflight(ctx context.Context, pods *podAPI, pod *resources.PodOutline) error {
	starts := !o.DryRun
	for i := range pod.Spec.EphemeralContainers {
		starts = starts && pod.Spec.EphemeralContainers[i].Name != o.Name
	}
	if starts {
		if err := podEndedError(pod); err != nil {
			return err
		}
		if err := o.checkTarget(pod); err != nil {
			return err
		}
	}
	if !starts && o.Image != AutoImage {
		return nil
	}
	place, err := placementOf(pod)
	if err != nil {
		return err
	}
	n, err := readNode(ctx, pods, place.NodeName)
	if starts && (err == nil || errors.Is(err, transport.ErrNotFound)) {
		problem := goneProblem(place.NodeName)
		if err == nil {
			problem, _ = n.problem()
		}
		if problem != "" {
			return &StartError{Pod: pod.Metadata.Name, Reason: "NodeNotReady", Message: problem}
		}
	}
	warning := ""
	switch {
	case o.Image == AutoImage && err != nil:
		return fmt.Errorf("%w: %w", ErrNoImage, err)
	case o.Image == AutoImage:
		return o.chooseImage(n, pod)
	case errors.Is(err, errNoNode):
		warning = newUnscheduledError(pod).Error() + ": the container starts when the pod does"
	case err == nil:
		warning = o.imageWarning(n, &place)
	case errors.Is(err, transport.ErrForbidden):
		warning = "the pod's node was not checked: you are not allowed to read nodes"
	default:
		warning = "the pod's node was not checked: " + err.Error()
	}
	if warning != "" {
		o.sendNotice("Warning: " + warning)
	}
	return nil
}

// podEndedError returns a *StartError if no container can start in the pod any more.
func podEndedError(pod *resources.PodOutline) error {
	switch {
	case pod.Status.Ended():
		return &StartError{Pod: pod.Metadata.Name, Reason: "PodFinished",
			Message: "the pod has the phase " + pod.Status.Phase + podReason(pod) +
				", so no container starts in it"}
	case pod.Metadata.DeletionTimestamp != nil:
		return &StartError{Pod: pod.Metadata.Name, Reason: "PodDeleted",
			Message: "the pod is being deleted, so no container starts in it"}
	}
	return nil
}

// podReason returns why the kubelet or a controller has ended the pod, or "".
func podReason(pod *resources.PodOutline) string {
	var status struct {
		Reason  string `json:"reason"`
		Message string `json:"message"`
	}
	if len(pod.Status.Unknown) == 0 || json.Unmarshal(pod.Status.Unknown, &status) != nil ||
		status.Reason == "" {
		return ""
	}
	return " (" + status.Reason + ": " + status.Message + ")"
}

// checkTarget returns a *StartError if the target has ended and the kubelet does not restart it.
// The node starts a container with a target only while the target runs.
func (o *Options) checkTarget(pod *resources.PodOutline) error {
	status := pod.Status.Container(o.Target)
	ended, waiting := status.State.Terminated, status.State.Waiting
	switch {
	case o.Target == "":
	case ended != nil && !restarts(&pod.Spec, o.Target, ended.ExitCode):
		return &StartError{Pod: pod.Metadata.Name, Reason: "TargetEnded", Message: fmt.Sprintf(
			"container %s has ended with code %d (%s), and the node does not start it again",
			o.Target, ended.ExitCode, ended.Reason)}
	case waiting != nil && waiting.Reason == "CrashLoopBackOff":
		o.sendNotice(fmt.Sprintf("Warning: container %s is in CrashLoopBackOff: "+
			"the debug container starts when it starts next", o.Target))
	}
	return nil
}

// imageWarning returns a warning that the image may be missing on the node, or "".
//
// From Kubernetes 1.35 on, a node may ask the registry even for an image that it has, to check that
// the pod may use it. The node's status does not show that.
func (o *Options) imageWarning(n *node, place *placement) string {
	image := imagename.Parse(o.Image)
	policy, origin := o.ImagePullPolicy, ""
	if policy == "" {
		policy = "IfNotPresent"
		if image.Tag == "latest" { // the API server's default
			policy, origin = "Always", " for the tag latest"
		}
	}
	listed := n.lists(image)
	if listed && policy != "Always" {
		return ""
	}
	text := fmt.Sprintf("node %s does not list image %s", n.name, o.Image)
	if listed {
		text = fmt.Sprintf("node %s has image %s", n.name, o.Image)
	} else if n.listIsFull() {
		text += " among its largest images"
	}
	switch policy {
	case "Never":
		return text + ", and the pull policy is Never: the container will not start"
	case "Always":
		text += ", and the pull policy is Always" + origin + ": the node asks the registry first"
	default:
		text += ": the node has to pull it"
	}
	if len(place.ImagePullSecrets) == 0 {
		return text + ", and the pod has no imagePullSecrets"
	}
	text += ", with the pod's imagePullSecrets"
	for i := range place.ImagePullSecrets {
		text += " " + place.ImagePullSecrets[i].Name
	}
	return text
}
