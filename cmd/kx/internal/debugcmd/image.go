package debugcmd

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
)

// ImageFlags select the image of a debug container.
type ImageFlags struct {
	Image      string
	pullPolicy command.Choice
}

// Register registers --image and --image-pull-policy.
func (i *ImageFlags) Register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&i.Image, "image", "", "`IMAGE` to run, or auto for one on the node")
	i.pullPolicy = command.NewChoice("", "Always", "IfNotPresent", "Never")
	command.AddChoice(cmd, &i.pullPolicy, "image-pull-policy", "", "`POLICY`")
}

// Apply sets the image, its pull policy and its callbacks in o.
func (i *ImageFlags) Apply(o *debug.Options, k *command.Invocation) (err error) {
	o.ImagePullPolicy = i.pullPolicy.Value
	o.Image, o.TrustedImages, err = i.resolve()
	i.setCallbacks(o, k)
	return err
}

// resolve returns the image and the patterns of trusted images. Each comes from the flag, from the
// environment or from the user's file, in this order of precedence.
func (i *ImageFlags) resolve() (image string, trusted []string, err error) {
	config, err := readUserConfig()
	if err != nil {
		return "", nil, err
	}
	image = debug.AutoImage
	for _, value := range []string{i.Image, os.Getenv("KX_DEBUG_IMAGE"), config.Debug.Image} {
		if value != "" {
			image = value
			break
		}
	}
	return image, config.trustedImages(), nil
}

// trustedImages returns the user's patterns of images that kx may choose by itself.
func trustedImages() ([]string, error) {
	config, err := readUserConfig()
	if err != nil {
		return nil, err
	}
	return config.trustedImages(), nil
}

func (c *userConfig) trustedImages() []string {
	if patterns, ok := os.LookupEnv("KX_DEBUG_IMAGES"); ok {
		return strings.FieldsFunc(patterns, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return c.Debug.Images
}

// ImageAdvice adds to an error of AutoImage how to name an image.
func ImageAdvice(err error) error {
	if errors.Is(err, debug.ErrNoImage) {
		return fmt.Errorf("%w: give one with --image", err)
	}
	return err
}
