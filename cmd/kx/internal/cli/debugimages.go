package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

type debugImagesCommand struct {
	*kx
	format choice
}

func newDebugImages(k *kx) *cobra.Command {
	c := &debugImagesCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "images POD",
		Short: "List the images for debugging that a pod's node has",
		Long: `images lists the images with tools or a shell that are on the pod's node already, so that no registry is needed to run them.
The first is what "kx debug POD --image auto" takes. They are known by the last part of their name, so that those of a mirror count too.
A node lists the 50 largest of its images only: when it has more, a small one may be there and not in the list, which kx says.
A pod called images is debugged as pod/images.

` + exitStatus + `
That the node has none is a failure.`,
		Example: `  kx debug images distroless
  kx debug images pod/distroless -o json`,
		RunE:              func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
		ValidArgsFunction: k.completePods,
	}
	c.format = oneOf("", formatJSON, formatYAML)
	addChoice(cmd, &c.format, "output", "o", "the form of the output")
	return cmd
}

func (c *debugImagesCommand) run(ctx context.Context, args []string) error {
	pod, err := podName("debug images", args)
	if err != nil {
		return err
	}
	client, err := c.connect()
	if err != nil {
		return err
	}
	found, err := debug.Images(ctx, resources.New[resources.Pod](client), pod)
	if err != nil {
		return err
	}
	if c.format.value != "" {
		return writeDocument(c.out, c.format.value, found)
	}
	if found.Cut {
		c.warn(fmt.Sprintf("node %q lists its largest images only: it may have others", found.Node))
	}
	rows := [][]string{{"IMAGE", "SIZE", "NOTE"}}
	for _, image := range found.Images {
		rows = append(rows, []string{printable(image.Name), fmt.Sprintf("%.1f MB", float64(image.Size)/1e6), image.Note})
	}
	return writeTable(c.out, rows)
}
