package debug

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// preflight looks, before anything is sent, at what would keep the container from starting: it fails when the pod has ended or its node is not ready,
// tells what is doubtful about the image, and settles which one AutoImage is. Where the container is there already, it has nothing to start.
// A dry run starts nothing either: it tells what would be sent, which can be asked of a pod in any state.
func (o *Options) preflight(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline) error {
	starts := !o.DryRun && (o.Name == "" || kindOf(&pod.Spec, o.Name) == "")
	if starts {
		if err := ended(pod); err != nil {
			return err
		}
	}
	if !starts && o.Image != AutoImage {
		return nil
	}
	where, err := placementOf(pod)
	if err != nil {
		return err
	}
	n, err := readNode(ctx, pods, where.NodeName)
	if err == nil && starts {
		if problem, _ := n.problem(); problem != "" {
			return &StartError{Pod: pod.Metadata.Name, Reason: "NodeNotReady", Message: problem}
		}
	}
	switch {
	case o.Image == AutoImage:
		return o.takeImage(n, err)
	case err == errNoNode: // it may come to one
	case errors.Is(err, transport.ErrForbidden):
		o.notice("whether the pod's node is ready and has the image is not known: you may not read nodes")
	case err != nil:
		o.notice("whether the pod's node is ready and has the image is not known: " + err.Error())
	default:
		o.doubt(n, &where)
	}
	return nil
}

// ended is the error for a pod in which no container is started any more.
func ended(pod *resources.PodOutline) error {
	reason, is := "PodFinished", pod.Status.Phase
	if is != "Succeeded" && is != "Failed" {
		if pod.Metadata.DeletionTimestamp == nil {
			return nil
		}
		reason, is = "PodDeleted", "being deleted"
	}
	return &StartError{Pod: pod.Metadata.Name, Reason: reason, Message: "the pod is " + is + ", so nothing is started in it any more"}
}

// placement is where a pod runs, and the secrets that images are pulled with for it, those of its service account included.
type placement struct {
	NodeName         string       `json:"nodeName"`
	ImagePullSecrets []pullSecret `json:"imagePullSecrets"`
}

type pullSecret struct {
	Name string `json:"name"`
}

func placementOf(pod *resources.PodOutline) (p placement, err error) {
	if len(pod.Spec.Unknown) > 0 {
		err = json.Unmarshal(pod.Spec.Unknown, &p)
	}
	return p, err
}

// doubt tells by Notice why the node may not come to run the image; nothing when it has it and need not ask for it.
// From Kubernetes 1.35 on a node may ask for what it has as well, to see whether the pod has a right to it; its list does not tell.
func (o *Options) doubt(n *node, p *placement) {
	image := parseReference(o.Image)
	policy := o.ImagePullPolicy
	if policy == "" {
		if policy = "IfNotPresent"; image.tag == "latest" { // so does the server
			policy = "Always"
		}
	}
	text := fmt.Sprintf("node %q has image %q", n.name, o.Image)
	switch listed := n.lists(image); {
	case listed && policy != "Always":
		return
	case !listed && n.full():
		text = fmt.Sprintf("image %q is not among the %d largest of node %q, which are all that it lists", o.Image, len(n.Status.Images), n.name)
	case !listed:
		text = fmt.Sprintf("node %q does not list image %q", n.name, o.Image)
	}
	switch policy {
	case "Never":
		o.notice(text + ": without it the container will fail, as the pull policy is Never")
		return
	case "Always":
		text += ", and asks its registry in any case, as the pull policy is Always"
		if o.ImagePullPolicy == "" {
			text += " for the tag latest"
		}
	default:
		text += ": without it the node has to pull it"
	}
	with := ", and the pod has no imagePullSecrets"
	for i := range p.ImagePullSecrets {
		if i == 0 {
			with = ", with the pod's imagePullSecrets"
		}
		with += " " + p.ImagePullSecrets[i].Name
	}
	o.notice(text + with)
}
