package main

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/buildtest"
)

func TestThePicturesShowWhatTheScriptsPrintToday(t *testing.T) {
	bin := t.TempDir()
	output, err := buildtest.Go(t, "build", "-o", filepath.Join(bin, "kx"), "../../cmd/kx").CombinedOutput()
	require.NoError(t, err, string(output))
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, p := range pictures {
		t.Run(p.name, func(t *testing.T) {
			if p.name != "describe.svg" && os.Getenv("CI") == "" {
				_, err := exec.LookPath("script")
				if err != nil {
					t.Skip("there is no script here, which runs a program at a terminal")
				}
			}
			lines, err := p.lines("../../" + p.script)
			require.NoError(t, err)
			content, err := os.ReadFile("../../docs/pictures/" + p.name)
			require.NoError(t, err)
			require.Equal(t, string(draw(p.label, lines, p.maxRows)), string(content), "to update: make pictures")
			require.NotContains(t, string(content), "<script")
			var shown struct {
				Text []string `xml:"svg>g>text"`
			}
			require.NoError(t, xml.Unmarshal(content, &shown))
			require.Equal(t, slices.Concat(lines...), line(shown.Text))
		})
	}
}
