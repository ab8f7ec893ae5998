package main

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	lineHeight     = 20 // in units of the picture
	characterWidth = 8.45
	margin         = 16
)

// line is one line of a terminal: its states, one after the other. The last one stays.
type line []string

// textLines returns lines that do not change. A line that is too long goes on in the next row, as
// in a terminal.
func textLines(texts []string) []line {
	var lines []line
	for _, text := range texts {
		characters := []rune(text)
		for len(characters) > columns {
			lines = append(lines, line{string(characters[:columns])})
			characters = characters[columns:]
		}
		lines = append(lines, line{string(characters)})
	}
	return lines
}

// isTyped reports whether a text is a command after a prompt.
func isTyped(text string) bool {
	return strings.HasPrefix(text, "$ ") || strings.HasPrefix(text, prompt)
}

// pauseBefore returns how long the picture waits before a text, in seconds. A session takes a
// fraction of a second, and a reader longer.
func pauseBefore(text string, state int) float64 {
	switch {
	case isTyped(text):
		return 1.2
	case strings.HasPrefix(text, "# "), state > 0:
		return 1
	}
	return 0.12
}

// draw returns a picture of lines that appear one after the other, once. It has up to maxRows rows.
// Where nothing moves, it shows the last lines.
func draw(label string, lines []line, maxRows int) []byte {
	var text, scroll strings.Builder
	times := make([]float64, len(lines))
	end, longest := 0.0, 0
	for i, states := range lines {
		for j, state := range states {
			end += pauseBefore(state, j)
			longest = max(longest, utf8.RuneCountInString(state))
			class, style := "o", fmt.Sprintf("animation-duration:%.2fs", end)
			switch {
			case j < len(states)-1:
				class, style = "s", fmt.Sprintf("animation-duration:%.2fs;animation-delay:%.2fs",
					pauseBefore(states[j+1], j+1), end)
			case isTyped(state):
				class = "c"
			case strings.HasPrefix(state, "# "):
				class = "n"
			}
			fmt.Fprintf(&text, `<text class="%s" x="%d" y="%d" style="%s">%s</text>`+"\n",
				class, margin, 14+i*lineHeight, style, escape(state))
		}
		times[i] = end
	}
	rows := min(len(lines), maxRows)
	for i, at := range times {
		hidden := max(i+1-rows, 0)
		fmt.Fprintf(&scroll, "%.3f%%{transform:translateY(%dpx)}", 100*at/end, -hidden*lineHeight)
	}
	height := rows*lineHeight + 2*margin
	width := int(float64(longest)*characterWidth) + 2*margin
	last := (len(lines) - rows) * lineHeight
	return fmt.Appendf(nil, picture, width, height, label, last, end, &scroll, width, height,
		margin, width, rows*lineHeight, &text)
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder never fails
	return b.String()
}

const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" viewBox="0 0 %[1]d %d" ` +
	`role="img" aria-label="%s">
<style>
text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;
fill:#24292f;animation:hidden 1s}
.s{visibility:hidden;animation-name:shown}.c{font-weight:700;fill:#0550ae}.n{fill:#57606a}
.b{fill:#f6f8fa;stroke:#d0d7de}
@media(prefers-color-scheme:dark){text{fill:#d6dbe1}.c{fill:#79c0ff}.n{fill:#9aa4ae}
.b{fill:#14171c;stroke:#30363d}}
@keyframes hidden{from,to{visibility:hidden}}@keyframes shown{from,to{visibility:visible}}
#all{transform:translateY(-%dpx);animation:scroll %.2fs step-end}
@keyframes scroll{0%%{transform:none}%s}
@media(prefers-reduced-motion){text,.s,#all{animation:none}}
</style>
<rect class="b" width="%d" height="%d" rx="8"/>
<svg y="%d" width="%d" height="%d"><g id="all">
%s</g></svg>
</svg>
`
