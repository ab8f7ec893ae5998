package main

import (
	"bytes"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// plugin is a manifest of krew, of the version v1alpha2.
type plugin struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   map[string]string `yaml:"metadata"`
	Spec       pluginSpec        `yaml:"spec"`
}

type pluginSpec struct {
	Version          string           `yaml:"version"`
	Homepage         string           `yaml:"homepage"`
	ShortDescription string           `yaml:"shortDescription"`
	Description      string           `yaml:"description"`
	Platforms        []pluginPlatform `yaml:"platforms"`
}

type pluginPlatform struct {
	Selector struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	} `yaml:"selector"`
	URI    string       `yaml:"uri"`
	Sha256 string       `yaml:"sha256"`
	Bin    string       `yaml:"bin"`
	Files  []pluginFile `yaml:"files"`
}

type pluginFile struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// krewArchitectures are the architectures of kx's archives that krew knows. The validator of krew's
// index refuses a manifest with another one.
var krewArchitectures = []string{"amd64", "arm64"}

// krewManifest returns the manifest for krew, which downloads the archives from a folder. It leaves
// out archives that krew cannot install, and is empty without any other.
func krewManifest(version, downloads string, archives []archive) ([]byte, error) {
	manifest := plugin{
		APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin",
		Metadata: map[string]string{"name": "kx"},
		Spec: pluginSpec{
			Version: version, Homepage: "https://" + module,
			ShortDescription: "Debug pods, and a lightweight kubectl",
			Description:      description,
		},
	}
	for i := range archives {
		a := &archives[i]
		if !slices.Contains(krewArchitectures, a.platform.arch) {
			continue
		}
		p := pluginPlatform{URI: strings.TrimSuffix(downloads, "/") + "/" + a.name(),
			Sha256: a.sha256(), Bin: "kx"}
		if a.platform.os == "windows" {
			p.Bin = "kx.exe"
		}
		p.Selector.MatchLabels = map[string]string{"os": a.platform.os, "arch": a.platform.arch}
		for _, name := range []string{p.Bin, "LICENSE", licensesFile} {
			p.Files = append(p.Files, pluginFile{From: a.base() + "/" + name, To: "."})
		}
		manifest.Spec.Platforms = append(manifest.Spec.Platforms, p)
	}
	if manifest.Spec.Platforms == nil {
		return nil, nil
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	err := encoder.Encode(manifest)
	return text.Bytes(), err
}
