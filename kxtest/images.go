package kxtest

import (
	"fmt"
	"path"
	"time"

	"github.com/kx-k8s/kx/internal/imagename"
	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
)

// The images that are always on the node, as on the cluster of kx's end-to-end tests.
const (
	BusyboxImage    = "kx.local/busybox:1"
	DistrolessImage = "kx.local/distroless:1"
	PauseImage      = "kx.local/pause:1"
)

// WithImage adds images to the node, besides [BusyboxImage], [DistrolessImage] and [PauseImage].
// Pulling any other image fails.
//
// What a container has depends on its image:
//
//   - [DistrolessImage] and [PauseImage]: only its own program, which runs until it is killed.
//   - [BusyboxImage]: a shell and the usual commands, over a file system in memory. No command
//     touches the machine of the test.
//   - Any other: the same, and its own program. A command that it lacks runs until the pod is
//     deleted, except for names that begin with "nosuch", which are not found.
//
// [WithProgram] adds commands of the test's own.
func WithImage(names ...string) Option {
	return func(s *settings) error {
		for _, name := range names {
			if _, err := path.Match(name, ""); err != nil {
				return fmt.Errorf("image %q: %w", name, err)
			}
			s.images = append(s.images, kubelet.Image{Name: name})
		}
		return nil
	}
}

// WithImageSize sets the size of an image in bytes. The node's status lists the 50 largest images,
// in order of size. Without this option an image has 1 MiB, and [BusyboxImage], [DistrolessImage]
// and [PauseImage] their sizes on the cluster of kx's end-to-end tests.
func WithImageSize(name string, bytes int64) Option {
	return func(s *settings) error {
		if bytes < 0 {
			return fmt.Errorf("image %q: size %d is negative", name, bytes)
		}
		s.imageSizes[imagename.Parse(name).String()] = bytes
		return nil
	}
}

// WithRegistryImage adds an image to a registry. A pull by the node takes pullTime, and at 0 no
// time. The name may be a pattern of [path.Match]: "*" matches names of one part, "*/*" of two.
func WithRegistryImage(name string, pullTime time.Duration) Option {
	return func(s *settings) error {
		if _, err := path.Match(name, ""); err != nil {
			return fmt.Errorf("image %q: %w", name, err)
		}
		s.images = append(s.images, kubelet.Image{Name: name, InRegistry: true, PullTime: pullTime})
		return nil
	}
}
