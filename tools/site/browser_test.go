package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browserLimit is how long Chromium may take, on a busy machine too.
const browserLimit = 2 * time.Minute

// measure lists the frames whose page is wider than the frame, and how many frames have a page.
const measure = `<script>onload = () => {
  const frames = [...document.querySelectorAll("iframe")], roots = frames.map(f => f.contentDocument.documentElement)
  const pre = document.createElement("pre")
  pre.id = "result"
  pre.textContent = roots.filter(r => r.querySelector("main h1")).length +
    frames.filter((f, i) => roots[i].scrollWidth > f.clientWidth).map(f => " " + f.getAttribute("src")).join("")
  document.body.append(pre)
}</script>`

func TestNoPageIsWiderThanTheWindow(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no chromium here: install it to test how wide the pages of the site are")
	}
	require.NoError(t, err)
	out := t.TempDir()
	count, err := build("../..", out)
	require.NoError(t, err)
	pages, err := findPages(os.DirFS("../.."))
	require.NoError(t, err)
	for _, width := range []int{400, 1200} {
		t.Run(fmt.Sprint(width, " px"), func(t *testing.T) {
			// Chromium's own window has at least 500 pixels.
			var frames strings.Builder
			for _, page := range pages {
				fmt.Fprintf(&frames, `<iframe src="%s" width="%d" height="600"></iframe>`, target(page), width)
			}
			file := filepath.Join(out, "frames.html")
			require.NoError(t, os.WriteFile(file, []byte(frames.String()+measure), 0o600))
			ctx, cancel := context.WithTimeout(t.Context(), browserLimit)
			defer cancel()
			cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu",
				"--allow-file-access-from-files", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=60000",
				"--dump-dom", "file://"+file)
			var messages bytes.Buffer
			cmd.Stderr = &messages
			document, err := cmd.Output()
			require.NoError(t, err, "%s", &messages)
			found := regexp.MustCompile(`<pre id="result">(.*)</pre>`).FindSubmatch(document)
			require.NotNil(t, found, "%s", document)
			require.Equal(t, fmt.Sprint(count), html.UnescapeString(string(found[1])))
		})
	}
}
