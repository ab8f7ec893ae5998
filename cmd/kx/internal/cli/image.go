package cli

import (
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func newImage(k *command.Invocation) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "image",
		Short: "Make a debug image without Docker, and bring it to a node",
	})
	cmd.AddCommand(newImagePack(k), newImageLoad(k))
	setImageHelp(k, cmd, imageHelp)
	return cmd
}

// setImageHelp sets the help of a command about images.
func setImageHelp(k *command.Invocation, cmd *cobra.Command, h command.Help) {
	h.ExitStatus = command.DefaultExitStatus()
	h.SeeAlso = []string{"kx image, kx debug; docs/air-gapped.md"}
	k.SetHelp(cmd, h)
}

var imageHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Make an image of busybox",
			CommandLine: "kx image pack kx.local/tools:1 --busybox ./busybox -o tools.tar"},
		{Purpose: "Bring it to a node, by a pod with an image that the node has",
			CommandLine: "kx image load tools.tar --node kx-node --image kx.local/busybox:1"},
		{Purpose: "Print the rules of its files", CommandLine: "kx image pack --help"},
	},
	Background: `These commands are for clusters without a registry. They need neither Docker nor
internet.`,
}
