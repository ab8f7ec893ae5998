package transcript

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write page.html.gz")

func TestThePackedPageHasItsSources(t *testing.T) {
	source := func(name string) string {
		content, err := os.ReadFile(filepath.Join("web", name))
		require.NoError(t, err)
		return strings.TrimSpace(string(content))
	}
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	script, style := "\n"+source("page.js")+"\n", "\n"+source("page.css")+"\n"
	require.NotContains(t, script+style, placeholder)
	require.NotContains(t, script, "</script")
	want := strings.NewReplacer("SCRIPT", hash(script), "STYLE", hash(style),
		"\n/* page.css */\n", style, "\n// page.js\n", script).Replace(source("page.html"))
	require.Equal(t, 4, strings.Count(want, placeholder))
	if *update {
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		require.NoError(t, err)
		_, err = io.WriteString(w, want)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		require.NoError(t, os.WriteFile("page.html.gz", packed.Bytes(), 0o644))
		layout = packed.String()
	}
	unpacked, err := gzip.NewReader(strings.NewReader(layout))
	require.NoError(t, err)
	got, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "to update: go test ./cmd/kx/internal/transcript -run Packed -update")
}
