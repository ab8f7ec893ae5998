package debug

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
)

// What a node's status lists of its images unless its kubelet is set up otherwise: the largest ones, and that many names of each.
// So absence from a shorter list says much, and absence from a full one little, as images for debugging are small.
const (
	listedImages = 50
	listedNames  = 5
)

// node is as much of a node as tells whether a container can start there.
type node struct {
	name   string
	Status struct {
		Conditions []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"conditions"`
		Images []struct {
			Names     []string `json:"names"`
			SizeBytes int64    `json:"sizeBytes"`
		} `json:"images"`
	} `json:"status"`
}

// errNoNode says that a pod was not scheduled yet.
var errNoNode = errors.New("the pod is not on a node yet")

// readNode gives the node called name, which takes a right that who may debug pods often lacks. Of no name it is errNoNode.
func readNode(ctx context.Context, pods *resources.API[resources.PodOutline], name string) (*node, error) {
	if name == "" {
		return nil, errNoNode
	}
	object, err := resources.ForKind(pods.Client(), (*resources.Node).APIKind(nil)).Get(ctx, name)
	if err != nil {
		return nil, err
	}
	n := &node{name: name}
	if err := json.Unmarshal(object.Unknown, n); err != nil {
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
	for _, c := range n.Status.Conditions {
		if c.Type != "Ready" {
			continue
		}
		if c.Status == "True" {
			return "", true
		}
		problem = fmt.Sprintf("node %q is not ready", n.name)
		for _, more := range []string{c.Reason, c.Message} {
			if more != "" {
				problem += ": " + more
			}
		}
		return problem, true
	}
	return "", false
}

// has tells whether the node lists the image, and when it does not, why it may have it all the same; empty when there is no reason to think so.
func (n *node) has(image reference) (listed bool, unlisted string) {
	for _, held := range n.Status.Images {
		for _, name := range held.Names {
			r, ok := parseReference(name)
			switch {
			case ok && image.names(r):
				return true, ""
			case ok && r.repository == image.repository && len(held.Names) >= listedNames:
				unlisted = fmt.Sprintf("it lists %d names of an image at most", listedNames)
			}
		}
	}
	if n.full() {
		unlisted = fmt.Sprintf("it lists its %d largest images only", len(n.Status.Images))
	}
	return false, unlisted
}

// full tells whether the node may have images that it does not list.
func (n *node) full() bool { return len(n.Status.Images) >= listedImages }
