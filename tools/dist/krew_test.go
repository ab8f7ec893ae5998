package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func TestTheManifestNamesTheArchivesByTheirChecksums(t *testing.T) {
	archives := []archive{sample(platform{"linux", "arm64"}), sample(platform{"windows", "arm64"})}
	for i := range archives {
		require.NoError(t, archives[i].pack(testDate))
	}
	text, err := krewManifest("v1.2.3", "https://example.com/v1.2.3/", archives)
	require.NoError(t, err)
	var manifest plugin
	require.NoError(t, yaml.Unmarshal(text, &manifest))
	require.Equal(t, "kx", manifest.Metadata["name"])
	require.Equal(t, "v1.2.3", manifest.Spec.Version)
	require.Len(t, manifest.Spec.Platforms, 2)
	for i, p := range manifest.Spec.Platforms {
		require.Equal(t, archives[i].sha256(), p.Sha256)
		require.Equal(t, "https://example.com/v1.2.3/"+archives[i].name(), p.URI)
		require.Equal(t, map[string]string{"os": archives[i].platform.os, "arch": archives[i].platform.arch}, p.Selector.MatchLabels)
		require.Equal(t, []pluginFile{{archives[i].base() + "/" + p.Bin, "."}, {archives[i].base() + "/LICENSE", "."},
			{archives[i].base() + "/THIRD_PARTY_LICENSES", "."}}, p.Files)
	}
	require.Equal(t, "kx", manifest.Spec.Platforms[0].Bin)
	require.Equal(t, "kx.exe", manifest.Spec.Platforms[1].Bin)
}

func TestTheManifestHasNoPlatformThatKrewRefuses(t *testing.T) {
	const downloads = "https://example.com"
	archives := []archive{sample(platform{"linux", "amd64"}), sample(platform{"linux", "riscv64"}), sample(platform{"darwin", "arm64"})}
	text, err := krewManifest("v1.2.3", downloads, archives)
	require.NoError(t, err)
	var manifest plugin
	require.NoError(t, yaml.Unmarshal(text, &manifest))
	var platforms []string
	for _, p := range manifest.Spec.Platforms {
		platforms = append(platforms, p.Selector.MatchLabels["os"]+"/"+p.Selector.MatchLabels["arch"])
	}
	require.Equal(t, []string{"linux/amd64", "darwin/arm64"}, platforms)
	text, err = krewManifest("v1.2.3", downloads, archives[1:2])
	require.NoError(t, err)
	require.Empty(t, text)
}
