package printer

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/jsonpath"
)

// Column is a column of custom-columns: a heading, and the path of the value.
type Column struct {
	heading string
	path    *jsonpath.Template
}

// ParseColumns parses HEADING:PATH,…, as in NAME:.metadata.name. A comma within brackets belongs
// to the path.
func ParseColumns(text string) ([]Column, error) {
	var columns []Column
	for _, part := range splitColumns(text) {
		heading, path, ok := strings.Cut(part, ":")
		if !ok {
			return nil, fmt.Errorf("column %q is not HEADING:PATH, such as NAME:.metadata.name",
				part)
		}
		column, err := newColumn(heading, path)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	return columns, nil
}

// splitColumns splits text at the commas outside of brackets.
func splitColumns(text string) (parts []string) {
	depth, start := 0, 0
	for i, c := range text {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth <= 0 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// ParseColumnsFile parses a line of headings, and a line of paths below them.
func ParseColumnsFile(text string) ([]Column, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 2 {
		return nil, errors.New("a line of headings and a line of paths are needed")
	}
	headings, paths := strings.Fields(lines[0]), strings.Fields(lines[1])
	if len(headings) != len(paths) || len(paths) == 0 {
		return nil, fmt.Errorf("the first line has %d headings, and the second has %d paths",
			len(headings), len(paths))
	}
	var columns []Column
	for i, path := range paths {
		column, err := newColumn(headings[i], path)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	return columns, nil
}

func newColumn(heading, path string) (Column, error) {
	template, err := jsonpath.ParsePath(path)
	return Column{heading, template}, err
}

// columnsPrinter prints a table of the values at paths. It holds the rows of a list as text.
type columnsPrinter struct {
	documentPrinter
	w         io.Writer
	columns   []Column
	noHeaders bool
	inList    bool
	table     TableWriter
}

// NewColumns returns the printer of custom columns.
func NewColumns(w io.Writer, columns []Column, noHeaders bool) Printer {
	p := &columnsPrinter{w: w, columns: columns, noHeaders: noHeaders}
	p.documentPrinter = documentPrinter{managedFields: true, emit: p.write}
	return p
}

func (p *columnsPrinter) OpenList() error {
	p.inList = true
	return nil
}

func (p *columnsPrinter) write(document jsontext.Value) error {
	p.addHeadings()
	var row []string
	for _, c := range p.columns {
		results, err := c.path.Find(document, jsonpath.MissingIndex)
		if err != nil {
			return err
		}
		var texts []string
		for _, value := range results[0] {
			texts = append(texts, goText(value))
		}
		if len(texts) == 0 {
			texts = []string{"<none>"}
		}
		row = append(row, strings.Join(texts, ","))
	}
	p.table.Add(row)
	if p.inList {
		return CheckHeld(p.table.Held())
	}
	return p.table.Flush(p.w)
}

func (p *columnsPrinter) addHeadings() {
	if p.noHeaders {
		return
	}
	p.noHeaders = true
	var headings []string
	for _, c := range p.columns {
		headings = append(headings, c.heading)
	}
	p.table.Add(headings)
}

// Flush writes the rows that p holds back to align them. Only custom columns are held back, after
// OpenList.
func Flush(p Printer) error {
	columns, ok := p.(*columnsPrinter)
	if !ok {
		return nil
	}
	return columns.table.Flush(columns.w)
}

// HoldBack makes a printer of custom columns hold back the rows until Flush.
func HoldBack(p Printer) {
	columns, ok := p.(*columnsPrinter)
	if ok {
		columns.inList = true
	}
}

func (p *columnsPrinter) CloseList() error {
	p.addHeadings()
	return p.table.Flush(p.w)
}
