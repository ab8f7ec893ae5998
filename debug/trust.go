package debug

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/internal/imagename"
	"github.com/kx-k8s/kx/resources"
)

// Trust says why AutoImage may take an image without asking. The last part of an image's name
// proves nothing: whoever may run a pod on the node can bring an image called netshoot there.
type Trust string

// The kinds of Trust.
const (
	// TrustPod is an image that a container or init container of the pod runs.
	TrustPod Trust = "pod's own"
	// TrustFolder is an image from the same folder of the same registry as an image of TrustPod:
	// the repositories are equal except for the last part.
	TrustFolder Trust = "same folder"
	// TrustWellKnown is an image of a public repository that WellKnownRepositories lists.
	TrustWellKnown Trust = "well known"
	// TrustUser is an image that matches a pattern of the caller's.
	TrustUser Trust = "yours"
	// TrustNone is any other image. AutoImage takes it only when Options.ConfirmImage returns true.
	TrustNone Trust = "unknown"
)

// wellKnownPatterns are patterns of repositories with images for debugging whose publishers are
// known.
var wellKnownPatterns = []string{
	"docker.io/curlimages/curl",
	"docker.io/leodotcloud/swiss-army-knife",
	"docker.io/library/*", // Docker's official images
	"docker.io/nicolaka/netshoot",
	"docker.io/opensuse/leap",
	"docker.io/praqma/network-multitool",
	"docker.io/wbitt/network-multitool",
	"ghcr.io/nicolaka/netshoot",
	"mirror.gcr.io/library/*", // Google's mirror of the official images
	"public.ecr.aws/amazonlinux/amazonlinux",
	"public.ecr.aws/docker/library/*", // Amazon's mirror of the official images
	"quay.io/centos/centos",
	"quay.io/curl/curl",
	"quay.io/fedora/fedora",
	"registry.access.redhat.com/ubi8",
	"registry.access.redhat.com/ubi8/*",
	"registry.access.redhat.com/ubi9",
	"registry.access.redhat.com/ubi9/*",
	"registry.fedoraproject.org/fedora",
	"registry.k8s.io/e2e-test-images/*",
	"registry.opensuse.org/opensuse/leap",
	"registry.redhat.io/rhel8/support-tools",
	"registry.redhat.io/rhel9/support-tools",
}

// WellKnownRepositories returns the patterns of TrustWellKnown in alphabetical order. A * stands
// for one part of a name.
func WellKnownRepositories() []string { return slices.Clone(wellKnownPatterns) }

// imagePolicy decides about the Trust of an image.
type imagePolicy struct {
	pod  []imagename.Reference // of the pod's containers and init containers
	user []imagePattern
}

// imagePattern is a pattern of an image's name. An empty tag or digest matches any.
type imagePattern struct{ Repository, Tag, Digest string }

// newImagePolicy returns the policy for a pod and the caller's patterns.
func newImagePolicy(pod *resources.PodOutline, patterns []string) (*imagePolicy, error) {
	p := &imagePolicy{}
	for kind, c := range pod.Spec.AllContainers() {
		if kind != resources.KindEphemeralContainer {
			p.pod = append(p.pod, imagename.Parse(c.Image))
		}
	}
	for _, text := range patterns {
		pattern, err := parseImagePattern(text)
		if err != nil {
			return nil, err
		}
		p.user = append(p.user, pattern)
	}
	return p, nil
}

func parseImagePattern(text string) (imagePattern, error) {
	host, _, _ := strings.Cut(text, "/")
	r := imagename.ParsePartial(text)
	_, err := path.Match(r.Repository, "")
	if !imagename.HasRegistry(text) || strings.ContainsAny(host, `*?[\`) || err != nil ||
		r.Base() == "" {
		return imagePattern{}, fmt.Errorf("debug: image pattern %q is not valid: "+
			"write REGISTRY/REPOSITORY, where * stands for one part, such as "+
			"registry.example.com/tools/*", text)
	}
	return imagePattern(r), nil
}

func (p imagePattern) matches(image imagename.Reference) bool {
	// parseImagePattern has checked the syntax
	matched, _ := path.Match(p.Repository, image.Repository)
	return matched && (p.Tag == "" || p.Tag == image.Tag) &&
		(p.Digest == "" || p.Digest == image.Digest)
}

// trust returns the first Trust that applies to image.
func (p *imagePolicy) trust(image imagename.Reference) Trust {
	switch {
	case slices.ContainsFunc(p.pod,
		func(own imagename.Reference) bool { return own.Matches(image) }):
		return TrustPod
	case slices.ContainsFunc(p.pod,
		func(own imagename.Reference) bool { return own.Folder() == image.Folder() }):
		return TrustFolder
	case slices.ContainsFunc(wellKnownPatterns, func(text string) bool {
		return imagePattern{Repository: text}.matches(image)
	}):
		return TrustWellKnown
	case slices.ContainsFunc(p.user,
		func(pattern imagePattern) bool { return pattern.matches(image) }):
		return TrustUser
	}
	return TrustNone
}

// compareTrust sorts images of TrustNone behind all others, which are equal.
func compareTrust(a, b Trust) int {
	rank := func(t Trust) int {
		if t == TrustNone {
			return 1
		}
		return 0
	}
	return cmp.Compare(rank(a), rank(b))
}

// plainImageName reports whether name has only characters that an image name may have, so that it
// can be printed and pasted into a shell. Other names in a node's status are ignored.
func plainImageName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letterOrDigit := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letterOrDigit && (i == 0 || !strings.ContainsRune("._-/:@", rune(c))) {
			return false
		}
	}
	return name != ""
}
