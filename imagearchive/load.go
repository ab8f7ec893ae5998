package imagearchive

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// loadScript runs on the node. It gives its stdin to containerd, and prints the names of all
// images. The address of containerd is an argument of the process that has started the script's
// container. All output goes to stdout: what comes from the log has one stream.
//
//go:embed load.sh
var loadScript string

// LoadOptions describe how Load brings an archive to a node.
type LoadOptions struct {
	// Pod describes the pod that Load runs on the node. Its Image must have chroot. Load sets the
	// Command, the Profile and the streams.
	Pod debug.Options
	// Progress, when set, is called with how many bytes are sent, and of how many.
	Progress func(done, total int64)
}

// LoadError says that the node did not take an archive.
type LoadError struct {
	Node string
	// Code is the exit code of the program on the node, and Message what it printed.
	Code    int
	Message string
}

func (e *LoadError) Error() string {
	switch e.Code {
	case 126, 127:
		return fmt.Sprintf("node %s was not reached: the pod's image needs chroot, and the node "+
			"/bin/sh: %s", e.Node, e.Message)
	}
	return fmt.Sprintf("node %s did not take the images: %s", e.Node, e.Message)
}

// PlatformError says that an archive has no image with a name for the node's architecture.
type PlatformError struct {
	Node, Architecture string
	Images             []Image
}

func (e *PlatformError) Error() string {
	var have []string
	for _, image := range e.Images {
		text := fmt.Sprintf("%s for %s/%s", cmp.Or(image.Name, "one without a name"), image.OS,
			image.Architecture)
		have = append(have, printable.Text(text))
	}
	return fmt.Sprintf("node %s runs linux/%s, and the archive has %s", e.Node, e.Architecture,
		strings.Join(have, ", "))
}

// Load brings the images with names to a node, and returns those for its architecture. The node
// needs containerd with its program ctr, and /bin/sh.
//
// Load creates a privileged pod in the namespace of pods, as debug.RunOnNode does. It sends the
// archive there, checks that containerd then lists the images, and removes the pod. It first reads
// the node's architecture, unless the user may not read nodes.
//
// The error is a *PlatformError before anything is created, a *LoadError if the node did not take
// the archive, or one of debug.RunOnNode.
func (a *Archive) Load(ctx context.Context, pods *resources.API[resources.Pod], node string,
	o LoadOptions) ([]Image, error) {
	images, err := a.imagesFor(ctx, pods.Client(), node)
	if err != nil {
		return nil, err
	}
	if _, err := a.source.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var output limitedBuffer
	run := debug.NodeOptions{Options: o.Pod}
	run.Profile = debug.Sysadmin
	run.Command = []string{"chroot", "/host", "/bin/sh", "-c", loadScript}
	run.Stdin = &sent{Reader: a.source, total: a.size, report: o.Progress}
	run.Stdout, run.Stderr, run.TTY = &output, nil, false
	res, err := debug.RunOnNode(ctx, pods, node, run)
	if err != nil {
		if res != nil && res.Object != nil && !res.Removed { // nobody will attach again
			_, _ = debug.Stop(context.WithoutCancel(ctx), pods, res.Pod, debug.StopOptions{})
		}
		return nil, explainPodSecurity(err)
	}
	lines := strings.Split(strings.TrimSpace(output.String()), "\n")
	failed := &LoadError{Node: node, Code: res.ExitCode,
		Message: printable.Text(lines[len(lines)-1])}
	if res.ExitCode != 0 {
		return nil, failed
	}
	for _, image := range images {
		if !slices.Contains(lines, image.Name) {
			failed.Message = "containerd does not list " + image.Name
			return nil, failed
		}
	}
	return images, nil
}

// imagesFor returns the images with names for a node. If the user may not read nodes, it returns
// those of all architectures.
func (a *Archive) imagesFor(ctx context.Context, client *transport.Client, node string) (
	images []Image, err error) {
	nodes := resources.ForKind(client, new(resources.Node).APIKind())
	object, err := nodes.Get(ctx, node)
	architecture := ""
	switch {
	case err == nil:
		value, _ := object.Field("status", "nodeInfo", "architecture")
		architecture = strings.Trim(string(value), `"`)
	case !errors.Is(err, transport.ErrForbidden):
		return nil, err
	}
	for _, image := range a.Images {
		if image.Name != "" && image.OS == "linux" &&
			(architecture == "" || image.Architecture == architecture) {
			images = append(images, image)
		}
	}
	if len(images) == 0 {
		return nil, &PlatformError{Node: node, Architecture: architecture, Images: a.Images}
	}
	return images, nil
}

// explainPodSecurity replaces the advice of debug.RunOnNode, which knows other profiles.
func explainPodSecurity(err error) error {
	var refused *debug.PodSecurityError
	if errors.As(err, &refused) {
		return &debug.PodSecurityError{Err: refused.Err, Needs: "a node takes images from a " +
			"privileged pod: choose a namespace that enforces privileged or none"}
	}
	return err
}

// sent reads an archive, and reports how much of it was read.
type sent struct {
	io.Reader
	done, total int64
	report      func(done, total int64)
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.done += int64(n)
	if s.report != nil {
		s.report(s.done, s.total)
	}
	return n, err
}

// limitedBuffer keeps the first MiB that is written.
type limitedBuffer struct{ bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	_, _ = b.Buffer.Write(p[:min(len(p), 1<<20-b.Len())]) // never fails
	return len(p), nil
}
