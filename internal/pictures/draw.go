package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

const (
	shownRows  = 22 // rows of the picture
	lineHeight = 20 // in units of the picture
	margin     = 16
	width      = 920
)

// pauseBefore returns how long the picture waits before a line, in seconds. The demo takes a
// fraction of a second, and a reader longer.
func pauseBefore(line string) float64 {
	switch {
	case strings.HasPrefix(line, "$ "):
		return 1.2
	case strings.HasPrefix(line, "# "):
		return 1
	}
	return 0.12
}

// draw returns a picture of lines that appear one after the other, once. Where nothing moves, it
// shows the last lines.
func draw(lines []string) []byte {
	times := make([]float64, len(lines))
	end := 0.0
	for i, line := range lines {
		end += pauseBefore(line)
		times[i] = end
	}
	var text, scroll strings.Builder
	for i, line := range lines {
		class := "o"
		switch {
		case strings.HasPrefix(line, "$ "):
			class = "c"
		case strings.HasPrefix(line, "# "):
			class = "n"
		}
		fmt.Fprintf(&text, `<text class="%s" x="%d" y="%d" `+
			`style="animation-duration:%.2fs">%s</text>`+"\n",
			class, margin, 14+i*lineHeight, times[i], escape(line))
		hidden := max(i+1-shownRows, 0)
		fmt.Fprintf(&scroll, "%.3f%%{transform:translateY(%dpx)}", 100*times[i]/end,
			-hidden*lineHeight)
	}
	height := shownRows*lineHeight + 2*margin
	last := max(len(lines)-shownRows, 0) * lineHeight
	return fmt.Appendf(nil, picture, width, height, last, end, &scroll, width, height,
		margin, width, shownRows*lineHeight, &text)
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder never fails
	return b.String()
}

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" ` +
	`aria-label="A session of kx">
<style>
text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;
fill:#24292f;animation:hidden 1s}.c{font-weight:700;fill:#0550ae}.n{fill:#57606a}
.b{fill:#f6f8fa;stroke:#d0d7de}
@media(prefers-color-scheme:dark){text{fill:#d6dbe1}.c{fill:#79c0ff}.n{fill:#9aa4ae}
.b{fill:#14171c;stroke:#30363d}}
@keyframes hidden{from,to{visibility:hidden}}
#all{transform:translateY(-%dpx);animation:scroll %.2fs step-end}
@keyframes scroll{0%%{transform:none}%s}
@media(prefers-reduced-motion){text,#all{animation:none}}
</style>
<rect class="b" width="%d" height="%d" rx="8"/>
<svg y="%d" width="%d" height="%d"><g id="all">
%s</g></svg>
</svg>
`
