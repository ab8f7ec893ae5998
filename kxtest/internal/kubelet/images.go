package kubelet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/internal/imagename"
)

// Image is an image on the node, or one that the node can pull.
type Image struct {
	Name       string        // a pattern of path.Match
	InRegistry bool          // not on the node yet
	PullTime   time.Duration // how long a pull takes
}

// The limits of a node's status.images: the number of images, and of names for each.
const (
	listedImages = 50
	listedNames  = 5
)

// usualSize is the size in bytes of an image without a configured size.
const usualSize = 1 << 20

// imageStore holds the images of the node.
type imageStore struct {
	sizes map[string]int64 // in bytes, by normal name

	mu      sync.Mutex
	known   []Image
	node    []string          // in order of arrival
	digests map[string]string // of pulled images, by normal name: the repository with the digest
}

func newImages(known []Image, sizes map[string]int64) *imageStore {
	i := &imageStore{known: known, sizes: sizes, digests: map[string]string{}}
	for _, image := range known {
		if !image.InRegistry {
			i.node = append(i.node, image.Name)
		}
	}
	return i
}

// isPresent reports whether an image is on the node.
func (i *imageStore) isPresent(name string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, have := range i.node {
		matched, _ := path.Match(have, name)
		if matched || imagename.Parse(have).String() == imagename.Parse(name).String() ||
			i.digests[imagename.Parse(have).String()] == imagename.Parse(name).String() {
			return true
		}
	}
	return false
}

// size returns the size of an image in bytes.
func (i *imageStore) size(name string) int64 {
	if size, ok := i.sizes[imagename.Parse(name).String()]; ok {
		return size
	}
	return usualSize
}

// pullTime returns how long it takes to pull an image. ok reports whether the registry has it.
func (i *imageStore) pullTime(name string) (time.Duration, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, image := range i.known {
		matched, _ := path.Match(image.Name, name)
		if image.InRegistry && matched {
			return image.PullTime, true
		}
	}
	return 0, false
}

// addPulled adds a pulled image to the node. From then on the runtime knows its digest too.
func (i *imageStore) addPulled(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.node = append(i.node, name)
	whole := imagename.Parse(name).String()
	if !strings.Contains(whole, "@") {
		i.digests[whole] = whole[:strings.LastIndexByte(whole, ':')] + "@" + imageID(name)
	}
}

// list returns the node's status.images as a kubelet does: the largest first, each digest before
// its tag.
func (i *imageStore) list() []any {
	i.mu.Lock()
	defer i.mu.Unlock()
	type held struct {
		id    string
		names []any
		size  int64
	}
	var images []held
	for _, name := range i.node {
		if strings.ContainsAny(name, `*?[\\`) {
			continue // a pattern, not an image
		}
		whole := imagename.Parse(name).String()
		names := []any{whole}
		digest := i.digests[whole]
		if digest != "" {
			names = []any{digest, whole}
		}
		images = append(images, held{imageID(name), names, i.size(name)})
	}
	slices.SortFunc(images, func(a, b held) int {
		return cmp.Or(cmp.Compare(b.size, a.size),
			cmp.Compare(a.id, b.id))
	})
	listed := []any{}
	for _, image := range images[:min(len(images), listedImages)] {
		listed = append(listed, map[string]any{"names": image.names[:min(len(image.names),
			listedNames)],
			"sizeBytes": image.size})
	}
	return listed
}

// names returns the names of the images on the node.
func (i *imageStore) names() (names []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, name := range i.node {
		names = append(names, imagename.Parse(name).String())
	}
	return names
}

// remove removes an image from the node.
func (i *imageStore) remove(name string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.node = slices.DeleteFunc(i.node, func(have string) bool { return have == name })
	delete(i.digests, imagename.Parse(name).String())
}

// imageID returns the digest of an image.
func imageID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// imageNameError returns the kubelet's error for an invalid image name, or "".
func imageNameError(name string) string {
	repository, _, _ := strings.Cut(name, "@")
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
	case remainder == "" || strings.ContainsAny(host+remainder, " \t:?&=#%") ||
		strings.Trim(port, "0123456789") != "" || strings.Contains(name, "::") ||
		strings.Contains(repository+"/", "//") || strings.HasSuffix(name, ":"):
		problem = "invalid reference format"
	default:
		return ""
	}
	return "Failed to apply default image tag \"" + name + "\": couldn't parse image name \"" +
		name + "\": " + problem
}
