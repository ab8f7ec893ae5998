package debugcmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

type debugImagesCommand struct {
	*command.Invocation
	format command.Choice
}

func newImages(k *command.Invocation) *cobra.Command {
	c := &debugImagesCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "images POD",
		Short: "List the images for debugging on a pod's node",
		RunE: func(cmd *cobra.Command,
			args []string) error {
			return c.run(cmd.Context(), args)
		},
		ValidArgsFunction: k.CompleteTarget(command.PodKinds...),
	}
	c.format = command.NewChoice("", printer.FormatJSON, printer.FormatYAML)
	command.AddChoice(cmd, &c.format, "output", "o", "output `FORMAT`")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the images, the best one first",
				CommandLine: "kx debug images distroless"},
			{Purpose: "Debug with one of them",
				CommandLine: "kx debug distroless -i --image kx.local/busybox:1 -- ps"},
			{Purpose: "Print the images as JSON",
				CommandLine: "kx debug images pod/distroless -o json"},
		},
		Tables: []command.Table{{Heading: "RULES", Rows: []command.Row{
			{Name: "pod's own", Text: "a container of the pod uses the image"},
			{Name: "same folder", Text: "the registry and folder are those of such an image"},
			{Name: "well known", Text: "the full name is on kx's list"},
			{Name: "yours",
				Text: "the name matches KX_DEBUG_IMAGES or debug.images in config.yaml"},
			{Name: "unknown", Text: "none of these: kx asks first, or fails without a terminal"},
		}}},
		ExitStatus: command.DefaultExitStatus(command.Row{Name: "1",
			Text: "the node has no such image"}),
		SeeAlso: []string{"kx debug; docs/kx.md"},
		Background: `kx lists the images with tools or a shell that the pod's node has. To run one
of them needs no registry. The first is the image that "kx debug POD --image auto" takes. The column
RULE says why kx may take it. kx knows these images by the last part of their names, so the images
of a mirror count too. It takes none for that name alone. A node lists the 50 largest of its images.
Where it has more, kx warns that a small image may be missing from the list. A pod named images is
debugged as pod/images.`,
	})
	return cmd
}

func (c *debugImagesCommand) run(ctx context.Context, args []string) error {
	pod, err := command.PodName("debug images", args)
	if err != nil {
		return err
	}
	trusted, err := trustedImages()
	if err != nil {
		return err
	}
	client, err := c.Connect()
	if err != nil {
		return err
	}
	found, err := debug.Images(ctx, resources.New[resources.Pod](client), pod, trusted...)
	if err != nil {
		return err
	}
	if c.format.Value != "" {
		return printer.WriteDocument(c.Out, c.format.Value, found)
	}
	if found.Incomplete {
		c.Warn(fmt.Sprintf("node %s lists only its largest images: it may have others", found.Node))
	}
	rows := [][]string{{"IMAGE", "SIZE", "RULE", "NOTE"}}
	for _, image := range found.Images {
		size := fmt.Sprintf("%.1f MB", float64(image.Size)/1e6)
		rows = append(rows, []string{image.Name, size, string(image.Trust),
			image.Note})
	}
	return printer.WriteTable(c.Out, rows)
}
