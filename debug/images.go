package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/internal/imagename"
	"github.com/kx-k8s/kx/resources"
)

// AutoImage as Options.Image stands for the first of Images: the best image for debugging that the
// pod's node has. Its pull policy is IfNotPresent if none is given. An image whose name is auto is
// written auto:latest.
const AutoImage = "auto"

// imageTool is a group of images for debugging, which are known by the last part of their
// repository.
type imageTool struct {
	repositories []string
	note         string
}

// imageTools are the groups, the best first. A mirror keeps the last part of a repository, so its
// images count too. Images that a node has for itself (pause, etcd, coredns, kube-proxy) and images
// without a shell belong to no group.
var imageTools = []imageTool{
	{[]string{
		"netshoot", "network-multitool", "swiss-army-knife", "support-tools", "toolbox", "dnsutils",
		"jessie-dnsutils",
	}, "network and process tools"},
	// busybox has ps, nc, wget and vi; alpine adds a package manager to it
	{[]string{"busybox", "toybox", "alpine"}, "shell and common tools"},
	{[]string{
		"buildpack-deps", "ubuntu", "debian", "fedora", "centos", "rockylinux", "almalinux",
		"oraclelinux", "ubi", "ubi9", "ubi8", "ubi-minimal", "amazonlinux", "leap", "photon",
		"bash", "curl",
	}, "shell and file tools"},
}

// ErrNoImage is the error when there is no image for AutoImage to take, or when the node's images
// cannot be read.
var ErrNoImage = errors.New("no image for debugging is known to be on the pod's node")

// NodeImages are the images for debugging that a node has.
type NodeImages struct {
	Node string `json:"node"`
	// Images are in the order in which AutoImage takes them, images of TrustNone last.
	Images []Image `json:"images"`
	// Incomplete reports whether the node may have images that its status does not list. The status
	// lists the 50 largest images, unless the kubelet's nodeStatusMaxImages says otherwise.
	Incomplete bool `json:"incomplete"`
}

// Image is an image for debugging on a node.
type Image struct {
	// Name is a value for Options.Image.
	Name string `json:"name"`
	// Size is the size on the node in bytes, as the node reports it.
	Size int64 `json:"size"`
	// Note says which tools are in it.
	Note string `json:"note"`
	// Trust says why AutoImage may take it.
	Trust Trust `json:"trust"`
}

// Images returns the images for debugging on the node of the pod called name. AutoImage takes the
// first. trusted are patterns as in Options.TrustedImages. Images needs the right to get nodes.
//
// The error matches ErrNoImage if the node has no such image, or if the node cannot be read.
func Images(ctx context.Context, api *resources.API[resources.Pod], name string,
	trusted ...string) (*NodeImages, error) {
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	policy, err := newImagePolicy(pod, trusted)
	if err != nil {
		return nil, err
	}
	place, err := placementOf(pod)
	if err != nil {
		return nil, err
	}
	n, err := readNode(ctx, pods, place.NodeName)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoImage, err)
	}
	return n.toolImages(policy)
}

// rankedImage is an Image and its place in the order of AutoImage.
type rankedImage struct {
	Image
	toolRank, tagRank int
}

func compareRanked(a, b *rankedImage) int {
	return cmp.Or(compareTrust(a.Trust, b.Trust), cmp.Compare(a.toolRank, b.toolRank),
		cmp.Compare(a.tagRank, b.tagRank))
}

// toolImages returns the images for debugging of a node.
func (n *node) toolImages(policy *imagePolicy) (*NodeImages, error) {
	var ranked []*rankedImage
	for i := range n.Status.Images {
		listed := &n.Status.Images[i]
		var best *rankedImage
		for _, name := range listed.Names {
			candidate := rankImage(name, policy)
			if candidate != nil && (best == nil || compareRanked(candidate, best) < 0) {
				best = candidate
			}
		}
		if best != nil {
			best.Size = listed.SizeBytes
			ranked = append(ranked, best)
		}
	}
	slices.SortStableFunc(ranked, compareRanked)
	found := &NodeImages{Node: n.name, Incomplete: n.listIsFull()}
	for _, r := range ranked {
		found.Images = append(found.Images, r.Image)
	}
	if len(found.Images) == 0 {
		hint := ""
		if found.Incomplete {
			hint = ", but lists its largest images only"
		}
		return nil, fmt.Errorf("%w: node %s lists none of %s%s", ErrNoImage, n.name,
			strings.Join(toolNames(), " "), hint)
	}
	return found, nil
}

// rankImage returns an image of a node under one of its names, or nil when the name is not that of
// a tool.
func rankImage(name string, policy *imagePolicy) *rankedImage {
	r := imagename.Parse(name)
	toolRank := slices.Index(toolNames(), r.Base())
	if toolRank < 0 || !plainImageName(name) {
		return nil
	}
	image := Image{Name: name, Note: toolNote(r.Base()), Trust: policy.trust(r)}
	// A version comes first. latest may be another image today than when the node pulled it; a
	// digest is hard to read.
	tagRank := 0
	switch r.Tag {
	case "latest":
		tagRank = 1
	case "":
		tagRank = 2
	}
	return &rankedImage{image, toolRank, tagRank}
}

// toolNames returns the names of all imageTools in their order.
func toolNames() (names []string) {
	for _, tool := range imageTools {
		names = append(names, tool.repositories...)
	}
	return names
}

// toolNote returns what is in the images called name.
func toolNote(name string) string {
	for _, tool := range imageTools {
		if slices.Contains(tool.repositories, name) {
			return tool.note
		}
	}
	return ""
}

// UntrustedImageError says that AutoImage found only images of TrustNone, and that no ConfirmImage
// agreed.
type UntrustedImageError struct {
	Node string
	// Image is the best of them.
	Image string
}

func (e *UntrustedImageError) Error() string {
	return e.reason() + "; to use it, give --image " + e.Image
}

func (e *UntrustedImageError) reason() string {
	return fmt.Sprintf(
		"node %s has image %s, but no rule vouches for it: anyone who can run a pod there can "+
			"bring an image of that name",
		e.Node, e.Image)
}

// chooseImage sets o.Image to the best image of a node.
func (o *Options) chooseImage(n *node, pod *resources.PodOutline) error {
	policy, err := newImagePolicy(pod, o.TrustedImages)
	if err != nil {
		return err
	}
	found, err := n.toolImages(policy)
	if err != nil {
		return err
	}
	image := &found.Images[0]
	if image.Trust == TrustNone {
		untrusted := &UntrustedImageError{Node: found.Node, Image: image.Name}
		if o.ConfirmImage == nil || !o.ConfirmImage(image.Name, untrusted.reason()) {
			return untrusted
		}
	}
	o.Image, o.ImagePullPolicy = image.Name, cmp.Or(o.ImagePullPolicy, "IfNotPresent")
	text := fmt.Sprintf("Using image %s from node %s (%s)", image.Name, found.Node, image.Note)
	if o.ImageNotice != nil {
		o.ImageNotice(text)
	} else {
		o.sendNotice(text)
	}
	return nil
}
