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
	starts := !o.DryRun
	for i := range pod.Spec.EphemeralContainers {
		starts = starts && pod.Spec.EphemeralContainers[i].Name != o.Name
	}
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
		problem, _ := n.problem()
		if problem != "" {
			return &StartError{Pod: pod.Metadata.Name, Reason: "NodeNotReady", Message: problem}
		}
	}
	text := ""
	switch {
	case o.Image == AutoImage:
		return o.takeImage(n, err)
	case err == errNoNode: // it may come to one
	case err == nil:
		text = o.doubt(n, &where)
	default:
		why := err.Error()
		if errors.Is(err, transport.ErrForbidden) {
			why = "you may not read nodes"
		}
		text = "whether the pod's node is ready and has the image is not known: " + why
	}
	if text != "" {
		o.notice(text)
	}
	return nil
}

// ended is the error for a pod in which no container is started any more.
func ended(pod *resources.PodOutline) error {
	reason, is := "PodFinished", pod.Status.Phase
	if !pod.Status.Ended() {
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

// doubt says why the node may not come to run the image, empty when it has it and need not ask for it.
// From Kubernetes 1.35 on a node may ask for what it has as well, to see whether the pod has a right to it; its list does not tell.
func (o *Options) doubt(n *node, p *placement) string {
	image := parseReference(o.Image)
	policy := o.ImagePullPolicy
	if policy == "" {
		policy = "IfNotPresent"
		if image.tag == "latest" { // so does the server
			policy = "Always"
		}
	}
	has, but := "has", ""
	if !n.lists(image) {
		has = "does not list"
		if n.full() {
			but = ", but it lists its largest ones only"
		}
	} else if policy != "Always" {
		return ""
	}
	text := fmt.Sprintf("node %q %s image %q%s", n.name, has, o.Image, but)
	switch policy {
	case "Never":
		return text + ": without it the container will fail, as the pull policy is Never"
	case "Always":
		text += ": it asks the registry in any case, as the pull policy is Always"
		if o.ImagePullPolicy == "" {
			text += " for the tag latest"
		}
	default:
		text += ": without it the node has to pull it"
	}
	if len(p.ImagePullSecrets) == 0 {
		return text + ", and the pod has no imagePullSecrets"
	}
	text += ", with the pod's imagePullSecrets"
	for i := range p.ImagePullSecrets {
		text += " " + p.ImagePullSecrets[i].Name
	}
	return text
}
