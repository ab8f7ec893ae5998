package printer

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// The layout of kubectl's tables: three spaces between columns, and no column narrower than six
// characters with these.
const (
	columnGap = 3
	columnMin = 6
)

// WriteTable aligns the columns of rows. The last column is not padded.
func WriteTable(w io.Writer, rows [][]string) error { return new(TableWriter).Write(w, rows) }

// TableWriter writes the rows of a table in several parts. Later rows are aligned with earlier
// ones.
type TableWriter struct {
	widths []int
	// blocks hold the rows as text, which takes a fraction of what slices of strings take. A tab
	// separates two cells, and a line feed ends a row: a Printable cell has neither.
	blocks [][]byte
	held   int // bytes in blocks
}

// blockSize is the size of a block, and about how much text of a long table is written at once.
const blockSize = 64 << 10

// Write writes further rows.
func (t *TableWriter) Write(w io.Writer, rows [][]string) error {
	for _, row := range rows {
		t.Add(row)
	}
	return t.Flush(w)
}

// Add holds a row until Flush. It makes each cell Printable.
func (t *TableWriter) Add(row []string) {
	size := len(row) + 1
	for i, cell := range row {
		cell = Printable(cell)
		row[i] = cell
		if i == len(t.widths) {
			t.widths = append(t.widths, columnMin)
		}
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell)+columnGap)
		size += len(cell)
	}
	last := len(t.blocks) - 1
	switch {
	case last < 0:
		t.blocks = append(t.blocks, nil) // a short table takes less than a block
		last++
	case len(t.blocks[last])+size > blockSize:
		t.blocks = append(t.blocks, make([]byte, 0, max(size, blockSize)))
		last++
	}
	for i, cell := range row {
		if i > 0 {
			t.blocks[last] = append(t.blocks[last], '\t')
		}
		t.blocks[last] = append(t.blocks[last], cell...)
	}
	t.blocks[last] = append(t.blocks[last], '\n')
	t.held += size
}

// Held returns how many bytes the rows take that Flush writes.
func (t *TableWriter) Held() int { return t.held }

// Flush writes the rows that are held.
func (t *TableWriter) Flush(w io.Writer) error {
	var text []byte
	for _, block := range t.blocks {
		for row := range bytes.Lines(block) {
			text = t.appendAligned(text, row)
			if len(text) < blockSize {
				continue
			}
			if _, err := w.Write(text); err != nil {
				return err
			}
			text = text[:0]
		}
	}
	if len(t.blocks) > 0 {
		first := t.blocks[0][:0]
		clear(t.blocks)
		t.blocks = append(t.blocks[:0], first)
	}
	t.held = 0
	_, err := w.Write(text)
	return err
}

func (t *TableWriter) appendAligned(text, row []byte) []byte {
	for i := 0; ; i++ {
		cell, rest, more := bytes.Cut(row, []byte{'\t'})
		text = append(text, cell...)
		if !more {
			return text
		}
		text = append(text, strings.Repeat(" ", t.widths[i]-utf8.RuneCount(cell))...)
		row = rest
	}
}
