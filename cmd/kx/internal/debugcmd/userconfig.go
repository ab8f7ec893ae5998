package debugcmd

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/patch"
)

// userConfig is the user's own configuration file. Kubeconfig files describe the clusters.
type userConfig struct {
	Debug struct {
		Image string `yaml:"image"`
		// Images are patterns of the images that kx may choose by itself.
		Images []string `yaml:"images"`
	} `yaml:"debug"`
}

// UserConfigFile returns the file that $KX_CONFIG names, or kx/config.yaml in the user's
// configuration directory. It returns "" if there is no such directory.
func UserConfigFile() string {
	path := os.Getenv("KX_CONFIG")
	if path != "" {
		return path
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "kx", "config.yaml")
}

// readUserConfig reads UserConfigFile. A missing file is an empty configuration.
func readUserConfig() (*userConfig, error) {
	config := &userConfig{}
	path := UserConfigFile()
	if path == "" {
		return config, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config, nil
	}
	if err != nil {
		return nil, err
	}
	if command.Blank(text) {
		return config, nil
	}
	// YAMLToJSON reports the line of wrong syntax. The decoder checks the fields.
	if _, err = patch.YAMLToJSON(text); err == nil {
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		err = decoder.Decode(config)
	}
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  ")
		reason, _, _ = strings.Cut(reason, "\n")
		// Cut the names of Go types.
		for _, typ := range []string{" in type ", " into struct", " into debugcmd."} {
			reason, _, _ = strings.Cut(reason, typ)
		}
		return nil, fmt.Errorf("%s: %s", path, reason)
	}
	return config, nil
}
