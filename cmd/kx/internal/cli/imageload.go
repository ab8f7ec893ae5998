package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/debugcmd"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/imagearchive"
	"github.com/kx-k8s/kx/resources"
)

type imageLoadCommand struct {
	*command.Invocation
	image   debugcmd.ImageFlags
	nodes   []string
	timeout command.DurationFlag
}

func newImageLoad(k *command.Invocation) *cobra.Command {
	l := &imageLoadCommand{Invocation: k, timeout: command.DurationFlag(debug.DefaultTimeout)}
	cmd := &cobra.Command{
		Use:   "load FILE --node NODE",
		Short: "Bring an archive of images to a node",
		RunE:  func(cmd *cobra.Command, args []string) error { return l.run(cmd.Context(), args) },
	}
	cmd.Flags().StringSliceVar(&l.nodes, "node", nil, "bring it to `NODE`; may be repeated")
	command.MustRegister(cmd.RegisterFlagCompletionFunc("node", k.CompleteNamesOf("nodes")))
	l.image.Register(cmd)
	cmd.Flags().Var(&l.timeout, "timeout", "limit of its pod's start; 0: none")
	command.RegisterQuiet(k, cmd, "print only errors")
	setImageHelp(k, cmd, imageLoadHelp)
	return cmd
}

var imageLoadHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Bring an image to a node",
			CommandLine: "kx image load tools.tar --node kx-node --image kx.local/busybox:1"},
		{Purpose: "Print only errors",
			CommandLine: "kx image load tools.tar --node kx-node -q --image kx.local/busybox:1"},
		{Purpose: "Use the image there",
			CommandLine: "kx debug node/kx-node -i --image kx.local/tools:1 \\\n" +
				"  --image-pull-policy Never -- sh -c 'echo here'"},
	},
	Background: `FILE is an archive of kx image pack, of docker save, or in the OCI layout, not
compressed. kx checks it first: its images need names, and the node's architecture.

kx runs a privileged pod on the node, which gives the archive to containerd, and removes the pod.
You need the right to create pods, and a namespace that does not enforce a Pod Security Standard
below privileged. The node needs containerd with ctr, and /bin/sh. The pod's image needs chroot, as
busybox has; kx chooses it as in "kx debug". A node without such an image takes its first one by
"ctr -n k8s.io images import FILE", run there.`,
}

func (l *imageLoadCommand) run(ctx context.Context, args []string) error {
	switch {
	case len(args) != 1:
		return command.Usagef("give the name of one archive")
	case len(l.nodes) == 0:
		return command.Usagef("give the node: --node NODE")
	}
	info, err := os.Stat(args[0])
	if err == nil && !info.Mode().IsRegular() { // opening a pipe would block
		err = fmt.Errorf("%s: %w: it is no regular file", args[0], imagearchive.ErrNotAnArchive)
	}
	if err != nil {
		return err
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	var archive *imagearchive.Archive
	err = command.Interruptibly(l.Invocation, func() error {
		archive, err = imagearchive.Open(file)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	client, err := l.Connect()
	if err != nil {
		return err
	}
	o := debug.Options{
		Timeout: cmp.Or(time.Duration(l.timeout), -1), // no limit
		Notice:  func(text string) { command.Notice(l.Invocation, "%s", text) },
	}
	if err := l.image.Apply(&o, l.Invocation); err != nil {
		return err
	}
	pods := resources.New[resources.Pod](client)
	var failed command.Failures
	for _, node := range l.nodes {
		err := l.load(ctx, archive, pods, node, o)
		if err != nil {
			failed = append(failed, debugcmd.ImageAdvice(err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed.Err()
}

// load brings the archive to one node.
func (l *imageLoadCommand) load(ctx context.Context, archive *imagearchive.Archive,
	pods *resources.API[resources.Pod], node string, o debug.Options) error {
	meter, progress := term.NewMeter(l.Err, term.Bytes, l.Quiet)
	images, err := archive.Load(ctx, pods, node, imagearchive.LoadOptions{Pod: o,
		Progress: meter.Set})
	progress.Done(false)
	var failures []error
	for _, image := range images {
		failures = append(failures, command.PrintDone(l.Invocation, "image %s loaded on node %s",
			image.Name, node))
	}
	return errors.Join(append(failures, err)...)
}
