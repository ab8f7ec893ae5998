package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
)

func TestThePictureShowsWhatTheDemoPrintsToday(t *testing.T) {
	bin := t.TempDir()
	for _, program := range []string{"kx", "kx-sandbox"} {
		output, err := buildtest.Go(t, "build", "-o", filepath.Join(bin, program), "../../cmd/"+program).CombinedOutput()
		require.NoError(t, err, string(output))
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	lines, err := demoLines("../../demo.sh")
	require.NoError(t, err)
	content, err := os.ReadFile("../../docs/pictures/demo.svg")
	require.NoError(t, err)
	require.Equal(t, string(draw(lines)), string(content), "to update: make pictures")
	require.NotContains(t, string(content), "<script")
	var shown struct {
		Text []string `xml:"svg>g>text"`
	}
	require.NoError(t, xml.Unmarshal(content, &shown))
	require.Equal(t, lines, shown.Text)
}
