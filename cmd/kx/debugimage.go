package main

import (
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
)

// imageFlags are the flags that say which image the debug container runs.
type imageFlags struct {
	image      string
	pullPolicy choice
}

func (i *imageFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&i.image, "image", "", "the `IMAGE` that the container runs")
	i.pullPolicy = oneOf("", "Always", "IfNotPresent", "Never")
	addChoice(cmd, &i.pullPolicy, "image-pull-policy", "", "when the node pulls the image")
}

// complete turns the flags into o.
func (i *imageFlags) complete(o *debug.Options) error {
	if i.image == "" {
		return usagef("no image is given: use --image")
	}
	o.Image, o.ImagePullPolicy = i.image, i.pullPolicy.value
	return nil
}
