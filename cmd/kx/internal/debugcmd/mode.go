package debugcmd

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// modeFlags are the flags of a node, of a claim and of a copy.
type modeFlags struct {
	keep      bool // the pod of a node or claim
	copy      debug.CopyOptions
	setImages []string
	share     bool
	keepInit  bool
	given     []string // the flags of copyFlagNames that are given
}

// copyFlagNames are the flags that need --copy-to.
var copyFlagNames = []string{"set-image", "share-processes", "same-node", "replace", "keep-labels",
	"keep-annotations", "keep-liveness", "keep-readiness", "keep-startup", "keep-init-containers"}

func (m *modeFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&m.keep, "keep", false, "leave the pod of a node or pvc there")
	f.StringVar(&m.copy.To, "copy-to", "", "debug a copy called `NAME`; with --help: its flags")
	f.StringSliceVar(&m.setImages, "set-image", nil, "`NAME=IMAGE` of a container; *: all others")
	f.BoolVar(&m.share, "share-processes", true, "containers see each other's processes")
	f.BoolVar(&m.keepInit, "keep-init-containers", true, "keep the init containers")
	for _, flag := range []struct {
		value       *bool
		name, usage string
	}{
		{&m.copy.SameNode, "same-node", "put the copy on the pod's node"},
		{&m.copy.Replace, "replace", "delete the pod once the copy is created"},
		{&m.copy.KeepLabels, "keep-labels", "keep the labels, which services may select"},
		{&m.copy.KeepAnnotations, "keep-annotations", "keep the annotations"},
		{&m.copy.KeepLiveness, "keep-liveness", "keep the liveness probes"},
		{&m.copy.KeepReadiness, "keep-readiness", "keep the readiness probes"},
		{&m.copy.KeepStartup, "keep-startup", "keep the startup probes"},
	} {
		f.BoolVar(flag.value, flag.name, false, flag.usage)
	}
}

// complete notes which flags are given.
func (m *modeFlags) complete(cmd *cobra.Command) {
	for _, name := range copyFlagNames {
		if cmd.Flags().Changed(name) {
			m.given = append(m.given, name)
		}
	}
}

// onNode reports whether a node is debugged.
func (d *debugCommand) onNode() bool { return d.isKind("nodes") }

// onClaim reports whether a PersistentVolumeClaim is debugged.
func (d *debugCommand) onClaim() bool { return d.isKind("persistentvolumeclaims") }

// isKind reports whether one object of a kind is debugged.
func (d *debugCommand) isKind(plural string) bool {
	return len(d.pods.targets) == 1 && command.SameKind(d.pods.targets[0].Kind, plural)
}

// checkMode refuses flags that a node, a claim or a copy does not have.
func (d *debugCommand) checkMode() error {
	m, c := &d.mode, &d.container
	copies, newPod := m.copy.To != "", d.onNode() || d.onClaim()
	switch {
	case m.keep && !newPod:
		return command.Usagef("--keep is for the pod of a node or claim: give node/NAME or " +
			"pvc/NAME")
	case !copies && len(m.given) > 0:
		return command.Usagef("--%s needs --copy-to", m.given[0])
	case copies && newPod:
		return command.Usagef("--copy-to copies pods, and no node or claim")
	case (copies || newPod) && d.pods.all:
		return command.Usagef("--all adds containers to pods: give one pod for a copy, one node " +
			"or one claim")
	case copies && c.target != "":
		return command.Usagef("the containers of a copy see all its processes: leave out --target")
	case newPod && c.target+c.securityFrom+c.mountsFrom+c.envFrom != "":
		return command.Usagef("a node or claim has no containers: leave out --target, " +
			"--security-context-from, --mounts-from and --env-from")
	case (copies || newPod) && d.run.reuse:
		return command.Usagef("--reuse looks for a container in the pod: leave it out")
	}
	return m.parseImages()
}

// parseImages reads --set-image.
func (m *modeFlags) parseImages() error {
	for _, text := range m.setImages {
		name, image, ok := strings.Cut(text, "=")
		if !ok || name == "" || image == "" {
			return command.Usagef("--set-image takes NAME=IMAGE, not %q", text)
		}
		if m.copy.SetImages == nil {
			m.copy.SetImages = map[string]string{}
		}
		m.copy.SetImages[name] = image
	}
	m.copy.DropInitContainers = !m.keepInit
	if slices.Contains(m.given, "share-processes") {
		m.copy.ShareProcesses = &m.share
	}
	return nil
}

// imageOf returns the image for the options. Only a new container of a copy needs one.
func (d *debugCommand) imageOf(image string) string {
	if d.image.Image == "" && d.container.name == "" && len(d.mode.copy.SetImages) > 0 {
		return ""
	}
	return image
}

// resolve returns the name of the pod, node or claim to debug.
func (d *debugCommand) resolve(ctx context.Context, client *transport.Client) (string, error) {
	if err := d.offerRemoval(ctx, client); err != nil {
		return "", err
	}
	if d.onNode() || d.onClaim() {
		return d.pods.targets[0].Name, nil
	}
	return d.pods.resolvePod(ctx, &d.session, client)
}

// runOne debugs the pod, node or claim called name.
func (d *debugCommand) runOne(ctx context.Context, api *resources.API[resources.Pod], name string,
	o debug.Options) (*debug.Result, error) {
	preview := d.write.DryRun.Value == command.DryRunClient
	switch {
	case d.onNode():
		node := debug.NodeOptions{Options: o, Keep: d.mode.keep}
		if preview {
			return debug.PreviewOnNode(ctx, api, name, node)
		}
		return debug.RunOnNode(ctx, api, name, node)
	case d.onClaim():
		claim := debug.ClaimOptions{Options: o, Keep: d.mode.keep}
		if preview {
			return debug.PreviewOnClaim(ctx, api, name, claim)
		}
		return debug.RunOnClaim(ctx, api, name, claim)
	case d.mode.copy.To != "":
		c := d.mode.copy
		c.Options, c.KeepImage = o, d.image.Image == ""
		if preview {
			return debug.PreviewCopy(ctx, api, name, c)
		}
		return debug.RunCopy(ctx, api, name, c)
	case preview:
		return debug.Preview(ctx, api, name, o)
	}
	return debug.Run(ctx, api, name, o)
}

// createsPod reports whether the run creates a pod.
func (d *debugCommand) createsPod() bool {
	return d.onNode() || d.onClaim() || d.mode.copy.To != ""
}
