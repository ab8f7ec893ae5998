package kubelet

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// containerdAddress is the socket of the node's containerd.
const containerdAddress = "/run/containerd/containerd.sock"

// addNodeFiles adds the node's files where a container mounts its root: /etc/hostname, the commands
// of busybox, ctr, and the arguments of the process that has started the container.
func (n *Node) addNodeFiles(config *machine.Config, pod, container map[string]any) {
	for _, mount := range object.List(container, "volumeMounts") {
		for _, volume := range object.List(pod, "spec", "volumes") {
			if object.Text(volume, "name") != object.Text(mount, "name") ||
				object.Text(volume, "hostPath", "path") != "/" {
				continue
			}
			root := object.Text(mount, "mountPath")
			config.NodeRoot = root
			config.Files[path.Join(root, "etc/hostname")] = NodeName + "\n"
			config.Files[path.Join(root, "dev/null")] = ""
			config.Files[path.Join(root, "proc/0/cmdline")] = strings.Join([]string{
				"/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io",
				"-address", containerdAddress, ""}, "\x00")
			config.Programs = map[string]machine.Program{path.Join(root, "usr/bin/ctr"): n.ctr}
		}
	}
}

// ctr is containerd's program as far as kx uses it: it imports an archive of docker save from
// stdin, lists the names of images, and removes an image.
func (n *Node) ctr(_ context.Context, p *machine.Process) int {
	words := strings.Join(p.Args()[1:], " ")
	command, _ := strings.CutPrefix(words, "-a "+containerdAddress+" -n k8s.io images ")
	removed, removes := strings.CutPrefix(command, "rm ")
	var err error
	switch {
	case command == "import -":
		err = n.importImages(p.Stdin(), p.Stdout())
	case command == "ls -q":
		for _, name := range n.images.names() {
			fmt.Fprintln(p.Stdout(), name)
		}
	case removes:
		n.images.remove(removed)
		n.reportImages()
		fmt.Fprintln(p.Stdout(), removed)
	default:
		err = errors.New("kxtest's ctr has no " + words)
	}
	if err != nil {
		fmt.Fprintln(p.Stderr(), "ctr:", err)
		return 1
	}
	return 0
}

// importImages adds the images of an archive to the node.
func (n *Node) importImages(archive io.Reader, out io.Writer) error {
	var images []struct{ RepoTags []string }
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && h.Name == "manifest.json" {
			err = json.NewDecoder(r).Decode(&images)
		}
		if err != nil {
			return err
		}
	}
	if len(images) == 0 {
		return errors.New("unrecognized image format")
	}
	for _, image := range images {
		for _, name := range image.RepoTags {
			fmt.Fprintf(out, "unpacking %s (%s)...done\n", name, imageID(name))
			if !n.images.isPresent(name) {
				n.images.addPulled(name)
			}
		}
	}
	n.reportImages()
	return nil
}
