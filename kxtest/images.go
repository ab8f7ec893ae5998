package kxtest

import (
	"fmt"
	"path"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
)

// The images that the node has without any option, as on the cluster of kx's end-to-end tests.
const (
	BusyboxImage    = "kx.local/busybox:1"
	DistrolessImage = "kx.local/distroless:1"
	PauseImage      = "kx.local/pause:1"
)

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
			s.images = append(s.images, kubelet.Image{Name: name})
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
		s.imageSizes[kubelet.NormalImageName(name)] = bytes
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
		s.images = append(s.images, kubelet.Image{Name: name, InRegistry: true, PullTime: takes})
		return nil
	}
}
