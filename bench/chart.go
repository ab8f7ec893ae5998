//go:build linux

package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Sizes in the chart, in units of the picture.
const (
	chartWidth = 760
	labelWidth = 190
	unitWidth  = 440 // a bar as long as kubectl's
	barHeight  = 12
	rowHeight  = 3*barHeight + 14
	chartTop   = 44
	mostUnits  = 1.1 // longer bars are cut
)

// chart returns a picture of kx's share of kubectl's figures, with a bar for each figure of a row.
func chart(results []result) []byte {
	var rows strings.Builder
	y := chartTop
	for _, r := range results {
		if r.err != nil || r.isFar || r.stage == growth {
			continue
		}
		fmt.Fprintf(&rows, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labelWidth-10,
			y+2*barHeight-1, escape(r.name))
		for i, f := range []figure{elapsed, cpu, memory} {
			share := f.of(r.medians[withKx]) / max(f.of(r.medians[withKubectl]), 1e-9)
			top := y + i*barHeight
			length := unitWidth * min(share, mostUnits)
			fmt.Fprintf(&rows, `<rect class="f%d" x="%d" y="%d" width="%.0f" height="%d"/>`+
				`<text class="v" x="%.0f" y="%d">%.2f</text>`+"\n", i, labelWidth, top, length,
				barHeight-2, labelWidth+length+5, top+barHeight-3, share)
		}
		y += rowHeight
	}
	var legend strings.Builder
	for i, f := range []figure{elapsed, cpu, memory} {
		x := labelWidth + i*150
		fmt.Fprintf(&legend, `<rect class="f%d" x="%d" y="14" width="12" height="10"/>`+
			`<text x="%d" y="24">%s</text>`+"\n", i, x, x+18, escape(strings.ToLower(f.title)))
	}
	return fmt.Appendf(nil, chartFrame, chartWidth, y, chartWidth, y, &legend, &rows,
		labelWidth+unitWidth, chartTop-8, labelWidth+unitWidth, y-8, labelWidth+unitWidth,
		chartTop-12)
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder never fails
	return b.String()
}

const chartFrame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" ` +
	`aria-label="The share of kubectl's figures that kx has">
<style>
text{font:13px system-ui,sans-serif;fill:#24292f}.v{font-size:10px}
.b{fill:#f6f8fa;stroke:#d0d7de}.f0{fill:#0969da}.f1{fill:#bf8700}.f2{fill:#1a7f37}
line{stroke:#57606a;stroke-dasharray:3}
@media(prefers-color-scheme:dark){text{fill:#d6dbe1}.b{fill:#14171c;stroke:#30363d}
.f0{fill:#58a6ff}.f1{fill:#d29922}.f2{fill:#3fb950}line{stroke:#9aa4ae}}
</style>
<rect class="b" width="%d" height="%d" rx="8"/>
%s%s<line x1="%d" y1="%d" x2="%d" y2="%d"/>
<text class="v" x="%d" y="%d" text-anchor="middle">kubectl</text>
</svg>
`
