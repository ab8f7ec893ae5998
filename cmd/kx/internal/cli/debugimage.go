package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
)

// imageFlags are the flags that say which image the debug container runs.
type imageFlags struct {
	image      string
	pullPolicy choice
}

// imageHelp says where the image comes from.
const imageHelp = `The image is that of --image, else of $KX_DEBUG_IMAGE, else of the file $KX_CONFIG, or kx/config.yaml where your system keeps configurations
(~/.config on Linux), in which stands "debug: {image: IMAGE}", else auto: the best image for debugging that the pod's node has, as "kx debug images POD" lists them.
kx fetches none itself. Where you may read nodes, it looks first whether the pod's is ready and has the image; a node lists its 50 largest.`

func (i *imageFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&i.image, "image", "", "the `IMAGE` that the container runs, or auto for one that the node has")
	i.pullPolicy = oneOf("", "Always", "IfNotPresent", "Never")
	addChoice(cmd, &i.pullPolicy, "image-pull-policy", "", "when the node pulls the image; with auto IfNotPresent, else as the server has it for the image's tag")
}

// complete turns the flags into o.
func (i *imageFlags) complete(o *debug.Options) error {
	image := cmp.Or(i.image, os.Getenv("KX_DEBUG_IMAGE"))
	if image == "" {
		config, err := readUserConfig()
		if err != nil {
			return err
		}
		image = cmp.Or(config.Debug.Image, debug.AutoImage)
	}
	o.Image, o.ImagePullPolicy = image, i.pullPolicy.value
	return nil
}

// adviseImage says what to do where auto finds no image.
func adviseImage(err error) error {
	if errors.Is(err, debug.ErrNoImage) {
		return fmt.Errorf("%w; name one with --image", err)
	}
	return err
}
