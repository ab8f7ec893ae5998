package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// The look of a table, as kubectl's: three spaces between columns, and none narrower than six characters with these.
const (
	columnGap = 3
	columnMin = 6
)

// writeTable aligns the columns of rows. The last one is not padded.
func writeTable(w io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, columnMin)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell)+columnGap)
		}
	}
	var b bytes.Buffer
	for _, row := range rows {
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
			}
		}
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

// tableLayout says which columns of a server's table are printed.
type tableLayout struct {
	wide, noHeaders bool
	// namespaces puts a column with the namespace in front, which the rows' objects tell.
	namespaces bool
	// prefix goes in front of each name, such as "pod/".
	prefix string
}

// rows lays out the columns of t: those of priority 0, and in wide output the others too.
func (l tableLayout) rows(t *resources.Table) ([][]string, error) {
	var header []string
	var columns []int
	if l.namespaces {
		header = append(header, "NAMESPACE")
	}
	for i, c := range t.ColumnDefinitions {
		if c.Priority == 0 || l.wide {
			header, columns = append(header, strings.ToUpper(c.Name)), append(columns, i)
		}
	}
	var rows [][]string
	if !l.noHeaders {
		rows = append(rows, header)
	}
	for _, r := range t.Rows {
		var row []string
		if l.namespaces {
			namespace, err := rowNamespace(r.Object)
			if err != nil {
				return nil, err
			}
			row = append(row, namespace)
		}
		for _, i := range columns {
			cell := ""
			if i < len(r.Cells) {
				cell = cellText(r.Cells[i])
			}
			if i == 0 {
				cell = l.prefix + cell
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func rowNamespace(object jsontext.Value) (string, error) {
	var partial struct {
		Metadata struct {
			Namespace string `json:"namespace"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(object, &partial); err != nil {
		return "", fmt.Errorf("the server's table tells no namespaces: %w", err)
	}
	return partial.Metadata.Namespace, nil
}

// cellText gives a cell of a server's table as it is printed.
func cellText(v jsontext.Value) string {
	if v.Kind() == 'n' {
		return ""
	}
	if v.Kind() != '"' {
		return string(v)
	}
	unquoted, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return printable(string(unquoted))
}

// printable gives a text's first line, without what could drive a terminal.
func printable(text string) string {
	i := strings.IndexAny(text, "\n\r\f")
	if i >= 0 {
		text = text[:i] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
