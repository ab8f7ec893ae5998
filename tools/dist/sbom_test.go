package main

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"testing"

	"github.com/spdx/tools-golang/json"
	"github.com/stretchr/testify/require"
)

// The test's own program has build information.
func TestTheListOfPartsHasEachModuleOfTheProgram(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	content, err := os.ReadFile(self)
	require.NoError(t, err)
	info, err := buildinfo.ReadFile(self)
	require.NoError(t, err)
	require.NotEmpty(t, info.Deps)
	a := sample(platform{"linux", "amd64"})
	require.NoError(t, a.pack(testDate))
	text, err := sbom(a, []file{{"kx", 0o755, content}, {"kx-sandbox", 0o755, content}}, testDate)
	require.NoError(t, err)
	second, err := sbom(a, []file{{"kx", 0o755, content}, {"kx-sandbox", 0o755, content}}, testDate)
	require.NoError(t, err)
	require.Equal(t, string(text), string(second))

	doc, err := json.Read(bytes.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, "SPDX-2.3", doc.SPDXVersion)
	require.Equal(t, "2026-11-30T01:02:04Z", doc.CreationInfo.Created)
	require.Contains(t, doc.DocumentNamespace, a.sha256())
	require.Len(t, doc.Packages, len(info.Deps)+3) // two programs, and the standard library
	parts := map[string]string{}
	for _, p := range doc.Packages {
		for _, reference := range p.PackageExternalReferences {
			parts[reference.Locator] = p.PackageComment
		}
	}
	for _, m := range info.Deps {
		require.Equal(t, "go.sum: "+m.Sum, parts["pkg:golang/"+m.Path+"@"+m.Version], m.Path)
	}
	require.Equal(t, sum(content), doc.Packages[0].PackageChecksums[0].Value)
	relations := map[string]int{}
	for _, r := range doc.Relationships {
		relations[r.Relationship]++
	}
	require.Equal(t, map[string]int{"DESCRIBES": 2, "DEPENDS_ON": 2 * (len(info.Deps) + 1)}, relations)
}

func TestAProgramWithoutBuildInformationHasNoListOfParts(t *testing.T) {
	a := sample(platform{"linux", "amd64"})
	_, err := sbom(a, a.files[1:2], testDate)
	require.ErrorContains(t, err, "kx: ")
}
