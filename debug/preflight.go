package debug

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	case o.Image == AutoImage && err != nil:
		return &NoImageError{Pod: pod.Metadata.Name, Node: where.NodeName, Err: err}
	case o.Image == AutoImage:
		return o.takeImage(pod, n)
	case err == errNoNode: // it may come to one
	case errors.Is(err, transport.ErrForbidden):
		o.notice(fmt.Sprintf("whether node %q is ready and has the image is not known: you may not read nodes", where.NodeName))
	case err != nil:
		o.notice(fmt.Sprintf("whether node %q is ready and has the image is not known: %v", where.NodeName, err))
	default:
		if text := where.doubt(n, pod, o.Image, o.ImagePullPolicy); text != "" {
			o.notice(text)
		}
	}
	return nil
}

// ended is the error for a pod in which no container is started any more.
func ended(pod *resources.PodOutline) error {
	switch phase := pod.Status.Phase; {
	case phase == "Succeeded" || phase == "Failed":
		return &StartError{Pod: pod.Metadata.Name, Reason: "PodFinished", Message: "the pod is " + phase + ", so nothing is started in it any more"}
	case pod.Metadata.DeletionTimestamp != nil:
		return &StartError{Pod: pod.Metadata.Name, Reason: "PodDeleted", Message: "the pod is being deleted, so nothing is started in it any more"}
	}
	return nil
}

// placement is where a pod runs, and the names of the secrets that images are pulled with for it, those of its service account included.
type placement struct {
	NodeName         string `json:"nodeName"`
	ImagePullSecrets []struct {
		Name string `json:"name"`
	} `json:"imagePullSecrets"`
}

func placementOf(pod *resources.PodOutline) (*placement, error) {
	p := &placement{}
	if len(pod.Spec.Unknown) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(pod.Spec.Unknown, p); err != nil {
		return nil, fmt.Errorf("pod %q cannot be read: %w", pod.Metadata.Name, err)
	}
	return p, nil
}

// doubt says why the node may not come to run the image, empty when it has it. An empty policy is the server's choice.
// A name that is none is the kubelet's to refuse.
func (p *placement) doubt(n *node, pod *resources.PodOutline, image, policy string) string {
	r, ok := parseReference(image)
	if !ok {
		return ""
	}
	always := "Always"
	switch {
	case policy == "" && r.tag == "latest":
		policy, always = "Always", "Always, which is that of the tag latest,"
	case policy == "":
		policy = "IfNotPresent"
	}
	listed, why := n.has(r)
	if runs(pod, r) {
		listed = true
	}
	has := fmt.Sprintf("node %q has image %q", n.name, image)
	lacks := fmt.Sprintf("node %q does not list image %q", n.name, image)
	switch {
	case listed && policy != "Always":
		return ""
	case listed:
		return has + ", but with the pull policy " + always + " it asks the registry all the same" + p.secrets() + "; with IfNotPresent it does not"
	case why == "" && policy == "Never":
		return lacks + ": the container will fail, as the pull policy Never forbids to pull it"
	case why == "":
		return lacks + ": it has to pull it" + p.secrets()
	case policy == "Never":
		return lacks + ", but may have it, as " + why + ": if it does not, the container fails, as the pull policy Never forbids to pull it"
	case policy == "Always":
		return lacks + ", and with the pull policy " + always + " it asks the registry in any case" + p.secrets()
	}
	return lacks + ", but may have it, as " + why + ": if it does not, it has to pull it" + p.secrets()
}

// secrets says what the pod has to pull an image with.
func (p *placement) secrets() string {
	if len(p.ImagePullSecrets) == 0 {
		return ", and the pod has no imagePullSecrets"
	}
	names := make([]string, len(p.ImagePullSecrets))
	for i, secret := range p.ImagePullSecrets {
		names[i] = secret.Name
	}
	return ", with the pod's imagePullSecrets " + strings.Join(names, ", ")
}

// runs tells whether a container of the pod runs the image, so that its node has it for sure.
func runs(pod *resources.PodOutline, image reference) bool {
	for _, list := range [][]resources.ContainerOutline{pod.Spec.Containers, pod.Spec.InitContainers, pod.Spec.EphemeralContainers} {
		for i := range list {
			r, ok := parseReference(list[i].Image)
			if ok && image.names(r) && statusOf(pod, list[i].Name).State.Running != nil {
				return true
			}
		}
	}
	return false
}
