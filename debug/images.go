package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// AutoImage as Options.Image stands for the best image for debugging that the pod's node has already: the first of Images.
// Its pull policy is IfNotPresent unless another is given. An image whose name is auto is "auto:latest".
const AutoImage = "auto"

// toolImages are the images that AutoImage takes, the best first, by the last part of the repository's name, so that a mirror of one counts as well.
// No other does, above all none of those that a node has for itself (pause, etcd, coredns, kube-proxy) or that have no shell.
var toolImages = []struct{ repositories, note string }{
	// made for the purpose
	{"netshoot network-multitool swiss-army-knife support-tools toolbox dnsutils jessie-dnsutils", "tools for networks and processes"},
	// ps, nc, wget and vi are in busybox, and alpine is that with a package manager
	{"busybox toybox alpine", "a shell and the usual commands"},
	// hardly anything for processes and networks
	{"buildpack-deps ubuntu debian fedora centos rockylinux almalinux oraclelinux ubi ubi9 ubi8 ubi-minimal amazonlinux leap photon bash curl", "a shell and commands for files"},
}

// ErrNoImage is the error of AutoImage where there is no image to take, or where the node's images cannot be looked at.
var ErrNoImage = errors.New("there is no image for debugging that the pod's node is known to have")

// NodeImages are the images for debugging that a node has.
type NodeImages struct {
	Node string `json:"node"`
	// Images are in the order in which AutoImage takes them.
	Images []Image `json:"images"`
	// Cut is true when the node may have more: its status lists the 50 largest of all its images only, unless the kubelet is set up otherwise.
	Cut bool `json:"cut"`
}

// Image is one that a node has, and that a container can be looked into with.
type Image struct {
	// Name is what Options.Image takes.
	Name string `json:"name"`
	// Size is what the node says that the image takes there, in bytes.
	Size int64 `json:"size"`
	// Note says what is in it.
	Note string `json:"note"`
}

// Images tells which images for debugging the node of the pod called name has, the one that AutoImage takes first.
// The error matches ErrNoImage when there is none, or when the node's images cannot be looked at, for which one must be allowed to read nodes.
func Images(ctx context.Context, api *resources.API[resources.Pod], name string) (*NodeImages, error) {
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	where, err := placementOf(pod)
	if err != nil {
		return nil, err
	}
	return tools(readNode(ctx, pods, where.NodeName))
}

// tools gives the images for debugging of a node that was read, or not.
func tools(n *node, err error) (*NodeImages, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoImage, err)
	}
	found := &NodeImages{Node: n.name, Cut: n.full()}
	looked := ""
	for _, tool := range toolImages {
		looked += " " + tool.repositories
		for _, repository := range strings.Fields(tool.repositories) {
			for rank := range 3 {
				for i := range n.Status.Images {
					held := &n.Status.Images[i]
					name, is := best(held.Names, repository)
					if is == rank {
						found.Images = append(found.Images, Image{name, held.SizeBytes, tool.note})
					}
				}
			}
		}
	}
	if len(found.Images) == 0 {
		if found.Cut {
			looked += ", but it lists its largest ones only"
		}
		return nil, fmt.Errorf("%w: node %q lists none of%s", ErrNoImage, n.name, looked)
	}
	return found, nil
}

// best gives the name by which an image of that repository is asked for, and its rank: a tag that says which image it is comes before latest,
// which is not today what it was when the node pulled it, and that before a digest.
func best(names []string, repository string) (name string, rank int) {
	rank = 3
	for _, candidate := range names {
		r, is := parseReference(candidate), 0
		switch r.tag {
		case "":
			is = 2
		case "latest":
			is = 1
		}
		if is < rank && r.base() == repository {
			name, rank = candidate, is
		}
	}
	return name, rank
}

// takeImage makes the best image of a node that was read, or not, that of o.
func (o *Options) takeImage(n *node, err error) error {
	found, err := tools(n, err)
	if err != nil {
		return err
	}
	image := &found.Images[0]
	o.Image, o.ImagePullPolicy = image.Name, cmp.Or(o.ImagePullPolicy, "IfNotPresent")
	o.notice(fmt.Sprintf("image %q is taken, which node %q has: %s", image.Name, found.Node, image.Note))
	return nil
}
