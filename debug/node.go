package debug

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// listedImages is how many images a node's status has at most, the largest first, unless its kubelet is set up otherwise.
// So absence from a shorter list says much and absence from a full one little, as images for debugging are small. No image has more than five names there.
const listedImages = 50

// node is as much of a node as tells whether a container can start there.
type node struct {
	name   string
	Status nodeStatus `json:"status"`
}

// Types with names: of others each that holds one is described in the program anew.
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
		Names     []string `json:"names"`
		SizeBytes int64    `json:"sizeBytes"`
	}
)

// errNoNode says that a pod was not scheduled yet.
var errNoNode = errors.New("the pod is not on a node yet")

// readNode gives the node called name, which takes a right that who may debug pods often lacks. Of no name it is errNoNode.
func readNode(ctx context.Context, pods *resources.API[resources.PodOutline], name string) (*node, error) {
	if name == "" {
		return nil, errNoNode
	}
	document, err := pods.Client().Fetch(ctx, &transport.Request{Method: http.MethodGet, Path: []string{"api", "v1", "nodes", name}})
	if err != nil {
		return nil, err
	}
	n := &node{name: name}
	if err := json.Unmarshal(document, n); err != nil {
		return nil, fmt.Errorf("node %q cannot be read: %w", name, err)
	}
	return n, nil
}

// nodeProblem tells why the node called name starts nothing, in the words of its own condition; empty when it is ready.
// known is false where the node cannot be read, or does not tell.
func nodeProblem(ctx context.Context, pods *resources.API[resources.PodOutline], name string) (problem string, known bool) {
	n, err := readNode(ctx, pods, name)
	if err != nil {
		return "", false
	}
	return n.problem()
}

func (n *node) problem() (problem string, known bool) {
	for i := range n.Status.Conditions {
		c := &n.Status.Conditions[i]
		if c.Type == "Ready" {
			if c.Status != "True" {
				problem = fmt.Sprintf("node %q is not ready: %s: %s", n.name, c.Reason, c.Message)
			}
			return problem, true
		}
	}
	return "", false
}

// full tells whether the node may have images that it does not list.
func (n *node) full() bool { return len(n.Status.Images) >= listedImages }

// lists tells whether the image is in the node's list.
func (n *node) lists(image reference) bool {
	for i := range n.Status.Images {
		for _, name := range n.Status.Images[i].Names {
			if image.names(parseReference(name)) {
				return true
			}
		}
	}
	return false
}
