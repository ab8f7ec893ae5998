package kxtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
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
	mu    sync.Mutex
	known []image
	node  []string // in the order of their arrival
}

func newImages(known []image) *images {
	i := &images{known: known}
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
		if matched, _ := path.Match(have, name); matched || have == name {
			return true
		}
	}
	return false
}

// registry reports how long it takes to pull an image, when there is such an image.
func (i *images) registry(name string) (time.Duration, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, image := range i.known {
		if matched, _ := path.Match(image.name, name); image.registry && matched {
			return image.pull, true
		}
	}
	return 0, false
}

func (i *images) arrive(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.node = append(i.node, name)
}

// list is the node's status.images.
func (i *images) list() []any {
	i.mu.Lock()
	defer i.mu.Unlock()
	listed := []any{}
	for _, name := range i.node {
		if strings.ContainsAny(name, `*?[\\`) {
			continue // a pattern is no image
		}
		listed = append(listed, map[string]any{"names": []any{name}, "sizeBytes": int64(1 << 20)})
	}
	return listed
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
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
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
