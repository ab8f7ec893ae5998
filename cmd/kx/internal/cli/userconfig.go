package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/patch"
)

// userConfig is what a user's own file says of how kx is used. What it says of clusters is in kubeconfig files.
type userConfig struct {
	Debug struct {
		Image string `yaml:"image"`
	} `yaml:"debug"`
}

// readUserConfig reads the file that $KX_CONFIG names, or config.yaml in the folder kx of the user's configuration. There need be none.
func readUserConfig() (*userConfig, error) {
	config := &userConfig{}
	path := os.Getenv("KX_CONFIG")
	if path == "" {
		folder, err := os.UserConfigDir()
		if err != nil {
			return config, nil // a user without a home has no file there
		}
		path = filepath.Join(folder, "kx", "config.yaml")
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config, nil
	}
	if err != nil {
		return nil, err
	}
	if blank(text) {
		return config, nil
	}
	if _, err = patch.YAMLToJSON(text); err == nil { // which knows the lines of wrong syntax better than the decoder
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		err = decoder.Decode(config)
	}
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  ")
		reason, _, _ = strings.Cut(reason, "\n")
		reason, _, _ = strings.Cut(reason, " in type ") // of Go, as are the others
		for _, typ := range []string{" into struct", " into main."} {
			reason, _, _ = strings.Cut(reason, typ)
		}
		return nil, fmt.Errorf("%s: %s", path, reason)
	}
	return config, nil
}
