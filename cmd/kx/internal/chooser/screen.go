package chooser

import (
	"fmt"
	"strings"
)

const (
	marker    = "> " // precedes the selected row
	columnGap = 2
	// minName is how far a name is cut.
	minName = 8
)

// Screen is what a terminal shows.
type Screen struct {
	// Lines are at most as many as the terminal has. None reaches its last column, where some
	// terminals wrap.
	Lines []string
	// Selected is the index of the line with the selected row, or -1. Column is that of the
	// cursor, in the first line; the first column is 0.
	Selected, Column int
}

// Screen returns what a terminal of this size shows: the filter, the titles, as many rows as fit,
// and the number of rows.
func (c *Chooser) Screen(width, height int) Screen {
	width = max(width-1, 1)
	prompt := c.table.Prompt + ": " + c.filter
	if len(prompt) > width-1 { // the end of the filter stays visible
		prompt = prompt[len(prompt)-max(width-1, 0):]
	}
	s := Screen{Lines: []string{prompt}, Selected: -1, Column: len(prompt)}
	widths := c.columns(width - len(marker))
	if height > 4 {
		s.Lines = append(s.Lines, c.line("  ", c.table.Header, widths, width))
	}
	showsSummary := height > 3
	c.page = height - len(s.Lines)
	if showsSummary {
		c.page--
	}
	c.page = max(c.page, 0)
	c.top = max(min(c.top, c.selected), c.selected-c.page+1)
	c.top = max(0, min(c.top, len(c.matches)-c.page))
	for i := c.top; i < len(c.matches) && i < c.top+c.page; i++ {
		lead := "  "
		if i == c.selected {
			lead, s.Selected = marker, len(s.Lines)
		}
		s.Lines = append(s.Lines, c.line(lead, c.table.Rows[c.matches[i]], widths, width))
	}
	if showsSummary {
		text := fmt.Sprintf("%d of %d %s. Enter: take it. Esc: leave.", len(c.matches),
			len(c.table.Rows), c.table.Summary)
		s.Lines = append(s.Lines, text[:min(len(text), width)])
	}
	return s
}

// columns returns the widths of the columns that are shown in width characters.
func (c *Chooser) columns(width int) []int {
	widths := append([]int(nil), c.widths...)
	total := -columnGap
	for _, w := range widths {
		total += w + columnGap
	}
	for total > width && len(widths) > c.table.Kept {
		total -= widths[len(widths)-1] + columnGap
		widths = widths[:len(widths)-1]
	}
	for total > width {
		widest := 0
		for i := range widths[:c.table.Names] {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= minName {
			break
		}
		widths[widest]--
		total--
	}
	return widths
}

// line returns one line of the table.
func (c *Chooser) line(lead string, cells []string, widths []int, width int) string {
	var b strings.Builder
	b.WriteString(lead)
	for i, w := range widths {
		cell := cells[i]
		if len(cell) > w {
			cell = cell[:w/2-1] + ".." + cell[len(cell)-(w-w/2-1):]
		}
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", w-len(cell)+columnGap))
	}
	text := strings.TrimRight(b.String(), " ")
	return text[:min(len(text), width)]
}
