package kxtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// The images that the node has without any option, as on the cluster of kx's end-to-end tests.
const (
	BusyboxImage    = "kx.local/busybox:1"
	DistrolessImage = "kx.local/distroless:1"
	PauseImage      = "kx.local/pause:1"
)

// image is an image that the node has, or can pull.
type image struct {
	name     string        // a pattern of path.Match
	registry bool          // not on the node yet
	pull     time.Duration // how long that takes
}

// What a kubelet says of its images: the largest ones, and of each so many names.
const (
	listedImages = 50
	listedNames  = 5
)

// usualSize is the size of an image of which no other is known.
const usualSize = 1 << 20

// WithImage puts images on the node, besides [BusyboxImage], [DistrolessImage] and [PauseImage]. Every other image fails to pull.
//
// A container of [DistrolessImage] and [PauseImage] has nothing in it but its own program, which runs until it is killed. Every other has a shell and the
// usual small commands, as [BusyboxImage] has, over a file system in memory: they do what they are told, and touch nothing of the machine that the
// test runs on. What runs besides is a program of the test's own: see [WithProgram]. In images that are none of these three, by the base name, a command
// that is not there runs until its pod is deleted, and so does the image's own; only one whose name begins with "nosuch" is not found.
func WithImage(names ...string) Option {
	return func(s *settings) error {
		for _, name := range names {
			if _, err := path.Match(name, ""); err != nil {
				return fmt.Errorf("image %q: %w", name, err)
			}
			s.images = append(s.images, image{name: name})
		}
		return nil
	}
}

// WithImageSize says how many bytes an image takes on the node, by which the node's status orders its images: it lists the 50 largest.
// Without it [BusyboxImage], [DistrolessImage] and [PauseImage] have the sizes that they have on the cluster of kx's end-to-end tests, and others 1 MiB.
func WithImageSize(name string, bytes int64) Option {
	return func(s *settings) error {
		if bytes < 0 {
			return fmt.Errorf("image %q: size %d is below zero", name, bytes)
		}
		s.imageSizes[normalImage(name)] = bytes
		return nil
	}
}

// WithSlowPull puts an image in a registry, from which the node pulls it in the given time, 0 being at once. The name
// may be a pattern of path.Match: "*" and "*/*" and so on stand for images of so many parts.
func WithSlowPull(name string, takes time.Duration) Option {
	return func(s *settings) error {
		if _, err := path.Match(name, ""); err != nil {
			return fmt.Errorf("image %q: %w", name, err)
		}
		s.images = append(s.images, image{name: name, registry: true, pull: takes})
		return nil
	}
}

// images are what the node knows of images.
type images struct {
	sizes map[string]int64 // by the whole name

	mu      sync.Mutex
	known   []image
	node    []string          // in the order of their arrival
	digests map[string]string // the name with the digest, of those that were pulled, by their whole name
}

func newImages(known []image, sizes map[string]int64) *images {
	i := &images{known: known, sizes: sizes, digests: map[string]string{}}
	for _, image := range known {
		if !image.registry {
			i.node = append(i.node, image.name)
		}
	}
	return i
}

// present reports whether an image is on the node.
func (i *images) present(name string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, have := range i.node {
		matched, _ := path.Match(have, name)
		if matched || normalImage(have) == normalImage(name) || i.digests[normalImage(have)] == normalImage(name) {
			return true
		}
	}
	return false
}

// size is what an image takes on the node.
func (i *images) size(name string) int64 {
	if size, ok := i.sizes[normalImage(name)]; ok {
		return size
	}
	return usualSize
}

// registry reports how long it takes to pull an image, when there is such an image.
func (i *images) registry(name string) (time.Duration, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, image := range i.known {
		matched, _ := path.Match(image.name, name)
		if image.registry && matched {
			return image.pull, true
		}
	}
	return 0, false
}

// arrive notes that an image was pulled, which the runtime knows by its digest as well then.
func (i *images) arrive(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.node = append(i.node, name)
	whole := normalImage(name)
	if !strings.Contains(whole, "@") {
		i.digests[whole] = whole[:strings.LastIndexByte(whole, ':')] + "@" + imageID(name)
	}
}

// list is the node's status.images, as a kubelet makes it: the digest before the tag, and the largest first.
func (i *images) list() []any {
	i.mu.Lock()
	defer i.mu.Unlock()
	type held struct {
		id    string
		names []any
		size  int64
	}
	var all []held
	for _, name := range i.node {
		if strings.ContainsAny(name, `*?[\\`) {
			continue // a pattern is no image
		}
		whole := normalImage(name)
		names := []any{whole}
		digest := i.digests[whole]
		if digest != "" {
			names = []any{digest, whole}
		}
		all = append(all, held{imageID(name), names, i.size(name)})
	}
	slices.SortFunc(all, func(a, b held) int { return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.id, b.id)) })
	listed := []any{}
	for _, image := range all[:min(len(all), listedImages)] {
		listed = append(listed, map[string]any{"names": image.names[:min(len(image.names), listedNames)], "sizeBytes": image.size})
	}
	return listed
}

// normalImage is an image's name with what the runtime fills in: docker.io/library/busybox:latest for busybox. Of a digest's name it leaves the tag out.
func normalImage(name string) string {
	repository, digest, hasDigest := strings.Cut(name, "@")
	tag := "latest"
	i := strings.LastIndexByte(repository, ':')
	if i > strings.LastIndexByte(repository, '/') {
		repository, tag = repository[:i], repository[i+1:]
	}
	if domain, _, ok := strings.Cut(repository, "/"); !ok {
		repository = "docker.io/library/" + repository
	} else if !strings.ContainsAny(domain, ".:") && domain != "localhost" {
		repository = "docker.io/" + repository
	}
	if rest, ok := strings.CutPrefix(repository, "docker.io/"); ok && !strings.Contains(rest, "/") {
		repository = "docker.io/library/" + rest
	}
	if hasDigest {
		return repository + "@" + digest
	}
	return repository + ":" + tag
}

// imageID is the digest that the runtime gives an image.
func imageID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// invalidImage says what is wrong with an image's name, or "".
func invalidImage(name string) string {
	repository := name
	if i := strings.IndexByte(repository, '@'); i >= 0 {
		repository = repository[:i]
	}
	i := strings.LastIndexByte(repository, ':')
	if i > strings.LastIndexByte(repository, '/') {
		repository = repository[:i]
	}
	problem := ""
	domain, remainder, hasDomain := strings.Cut(repository, "/")
	if !hasDomain {
		domain, remainder = "", repository
	}
	host, port, _ := strings.Cut(domain, ":")
	switch {
	case strings.ToLower(remainder) != remainder:
		shown := remainder
		if !hasDomain {
			shown = "library/" + strings.TrimRight(remainder, ":")
		}
		problem = "invalid reference format: repository name (" + shown + ") must be lowercase"
	case remainder == "" || strings.ContainsAny(host+remainder, " \t:?&=#%") || strings.Trim(port, "0123456789") != "" || strings.Contains(name, "::") || strings.Contains(repository+"/", "//") || strings.HasSuffix(name, ":"):
		problem = "invalid reference format"
	default:
		return ""
	}
	return "Failed to apply default image tag \"" + name + "\": couldn't parse image name \"" + name + "\": " + problem
}
