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

// maxListedImages is how many images a node's status lists, the largest first (the kubelet's
// nodeStatusMaxImages). Images for debugging are small, so a full list may lack one that the node
// has.
const maxListedImages = 50

// node is the part of a Node that matters to a container's start.
type node struct {
	name   string
	Status nodeStatus `json:"status"`
}

// The types are named to keep the binary small: the compiler repeats the description of an unnamed
// type in each type that contains it.
type (
	nodeStatus struct {
		Conditions []nodeCondition `json:"conditions"`
		Images     []nodeImage     `json:"images"`
	}
	nodeCondition struct {
		Type    string `json:"type"`
		Status  string `json:"status"`
		Reason  string `json:"reason"`
		Message string `json:"message"`
	}
	nodeImage struct {
		Names     []string `json:"names"` // at most 5
		SizeBytes int64    `json:"sizeBytes"`
	}
)

// errNoNode says that a pod is not scheduled yet.
var errNoNode = errors.New("the pod is not scheduled to a node yet")

// readNode returns the node called name. An empty name is errNoNode.
// A user who may debug pods often lacks the right to get nodes.
func readNode(ctx context.Context, pods *podAPI, name string) (*node, error) {
	if name == "" {
		return nil, errNoNode
	}
	nodes := resources.ForKind(pods.Client(), new(resources.Node).APIKind())
	document, err := resources.Raw(nodes).Get(ctx, name)
	if err != nil {
		return nil, err
	}
	n := &node{name: name}
	if err := json.Unmarshal(*document, n); err != nil {
		return nil, fmt.Errorf("node %s cannot be decoded: %w", name, err)
	}
	return n, nil
}

// nodeProblem returns why the node called name starts no container, or "" when the node is ready.
// known is false when the node cannot be read, or has no condition Ready.
func nodeProblem(ctx context.Context, pods *podAPI, name string) (problem string, known bool) {
	n, err := readNode(ctx, pods, name)
	switch {
	case errors.Is(err, transport.ErrNotFound):
		return goneProblem(name), true
	case err != nil:
		return "", false
	}
	return n.problem()
}

// goneProblem is the problem of a node that does not exist.
func goneProblem(name string) string { return "node " + name + " does not exist any more" }

func (n *node) problem() (problem string, known bool) {
	for i := range n.Status.Conditions {
		c := &n.Status.Conditions[i]
		if c.Type == "Ready" {
			if c.Status != "True" {
				problem = fmt.Sprintf("node %s is not ready: %s: %s", n.name, c.Reason, c.Message)
			}
			return problem, true
		}
	}
	return "", false
}

// listIsFull reports whether the node may have images that its status does not list.
func (n *node) listIsFull() bool { return len(n.Status.Images) >= maxListedImages }

// lists reports whether the node's status lists the image.
func (n *node) lists(image imagename.Reference) bool {
	for i := range n.Status.Images {
		for _, name := range n.Status.Images[i].Names {
			if image.Matches(imagename.Parse(name)) {
				return true
			}
		}
	}
	return false
}

// placement is the node of a pod, and the secrets for pulling its images, including those of its
// service account.
type placement struct {
	NodeName         string       `json:"-"`
	ImagePullSecrets []pullSecret `json:"imagePullSecrets"`
}

type pullSecret struct {
	Name string `json:"name"`
}

func placementOf(pod *resources.PodOutline) (p placement, err error) {
	p.NodeName = pod.Spec.NodeName
	if len(pod.Spec.Unknown) > 0 {
		err = json.Unmarshal(pod.Spec.Unknown, &p)
	}
	return p, err
}
