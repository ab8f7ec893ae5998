package debug

import (
	"context"
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/resources"
)

// AutoImage as Options.Image stands for the best image for debugging that the pod's node has already: the first of Images.
// Its pull policy is IfNotPresent unless another is given. An image whose name is auto is "auto:latest".
const AutoImage = "auto"

// toolImages are the images that AutoImage takes, the best first, by the last part of the repository's name, so that a mirror of one counts as well.
// No other does, above all none of those that a node has for itself (pause, etcd, coredns, kube-proxy) or that have no shell.
var toolImages = []struct{ repository, note string }{
	// made for the purpose: a shell, and what looks at networks and processes
	{"netshoot", "tools for networks and processes"},
	{"network-multitool", "tools for networks"},
	{"swiss-army-knife", "tools for networks and processes"},
	{"support-tools", "Red Hat's tools for support"},
	{"toolbox", "a distribution's tools for administrators"},
	{"dnsutils", "tools for DNS"},
	{"jessie-dnsutils", "tools for DNS"},
	// a shell and all the small commands, ps, nc, wget and vi among them, which runs wherever the processor fits
	{"busybox", "a shell and the usual commands"},
	{"toybox", "a shell and the usual commands"},
	{"alpine", "busybox, and packages to add"},
	// those have a shell and the commands for files, and hardly any for processes and networks
	{"buildpack-deps", "Debian with compilers and curl"},
	{"ubuntu", "a shell and the commands for files"},
	{"debian", "a shell and the commands for files"},
	{"fedora", "a shell and the commands for files"},
	{"centos", "a shell and the commands for files"},
	{"rockylinux", "a shell and the commands for files"},
	{"almalinux", "a shell and the commands for files"},
	{"oraclelinux", "a shell and the commands for files"},
	{"ubi", "a shell and the commands for files"},
	{"ubi9", "a shell and the commands for files"},
	{"ubi8", "a shell and the commands for files"},
	{"ubi-minimal", "a shell and the commands for files"},
	{"amazonlinux", "a shell and the commands for files"},
	{"leap", "a shell and the commands for files"},
	{"photon", "a shell and the commands for files"},
	{"bash", "a shell and busybox"},
	{"curl", "busybox, and curl"},
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

// NodeImages are the images for debugging that a node has.
type NodeImages struct {
	Node string `json:"node"`
	// Images are in the order in which AutoImage takes them.
	Images []Image `json:"images"`
	// Cut is true when the node may have more: its status lists the 50 largest of all its images only, unless the kubelet is set up otherwise.
	Cut bool `json:"cut"`
}

// NoImageError says that there is no image for AutoImage to take.
type NoImageError struct {
	// Node is empty when the pod is on none.
	Pod, Node string
	// LookedFor are the repositories of which the node has no image; nil when its images could not be looked at, which is Err then.
	LookedFor []string
	// Cut is as in NodeImages: the node may have one all the same.
	Cut bool
	Err error
}

func (e *NoImageError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("pod %q: no image is named, and those of its node cannot be looked at: %v", e.Pod, e.Err)
	}
	text := fmt.Sprintf("pod %q: no image is named, and node %q lists none of those that are looked for", e.Pod, e.Node)
	if e.Cut {
		text += " among its largest images, which are all that it lists"
	}
	return text + ": " + strings.Join(e.LookedFor, ", ")
}

func (e *NoImageError) Unwrap() error { return e.Err }

// Images tells which images for debugging the node of the pod called name has, the one that AutoImage takes first.
// The errors are those of AutoImage: a *NoImageError when there is none, or when the node's images cannot be looked at, for which one must be allowed to read nodes.
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
	n, err := readNode(ctx, pods, where.NodeName)
	if err != nil {
		return nil, &NoImageError{Pod: name, Node: where.NodeName, Err: err}
	}
	return n.tools(name)
}

// tools gives the node's images for debugging, or the error that pod has none of them.
func (n *node) tools(pod string) (*NodeImages, error) {
	found := &NodeImages{Node: n.name, Cut: n.full()}
	for _, tool := range toolImages {
		for _, latest := range []bool{false, true} { // what latest is today is not what it was when the node pulled it
			for _, held := range n.Status.Images {
				name, r := best(held.Names, tool.repository)
				if name != "" && (r.tag == "latest") == latest {
					found.Images = append(found.Images, Image{name, held.SizeBytes, tool.note})
				}
			}
		}
	}
	if len(found.Images) > 0 {
		return found, nil
	}
	none := &NoImageError{Pod: pod, Node: n.name, Cut: n.full()}
	for _, tool := range toolImages {
		none.LookedFor = append(none.LookedFor, tool.repository)
	}
	return nil, none
}

// best gives the name by which an image of that repository, whatever its host, is asked for: a tag that says which one it is, rather than latest or a digest.
func best(names []string, repository string) (name string, of reference) {
	for _, candidate := range names {
		r, ok := parseReference(candidate)
		if !ok || r.base() != repository {
			continue
		}
		if name == "" || rank(r) < rank(of) {
			name, of = candidate, r
		}
	}
	return name, of
}

func rank(r reference) int {
	switch r.tag {
	case "":
		return 2
	case "latest":
		return 1
	}
	return 0
}

// takeImage makes the best image of the node that of o.
func (o *Options) takeImage(pod *resources.PodOutline, n *node) error {
	found, err := n.tools(pod.Metadata.Name)
	if err != nil {
		return err
	}
	image := found.Images[0]
	if o.Image = image.Name; o.ImagePullPolicy == "" {
		o.ImagePullPolicy = "IfNotPresent"
	}
	o.notice(fmt.Sprintf("image %q is taken, which node %q has: %s", image.Name, n.name, image.Note))
	return nil
}
