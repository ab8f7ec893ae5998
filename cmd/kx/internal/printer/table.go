package printer

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// The layout of kubectl's tables: three spaces between columns, and no column narrower than six
// characters with these.
const (
	columnGap = 3
	columnMin = 6
)

// WriteTable aligns the columns of rows. The last column is not padded.
func WriteTable(w io.Writer, rows [][]string) error {
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

// TableLayout selects the columns of a server's table.
type TableLayout struct {
	Wide, NoHeaders bool
	// Namespaces adds a first column with the namespace of each row's object.
	Namespaces bool
	// Prefix precedes each name, such as "pod/".
	Prefix string
}

// Rows returns the columns of t with priority 0, and in wide output the others too.
func (l TableLayout) Rows(t *resources.Table) ([][]string, error) {
	var header []string
	var columns []int
	if l.Namespaces {
		header = append(header, "NAMESPACE")
	}
	for i, c := range t.ColumnDefinitions {
		if c.Priority == 0 || l.Wide {
			header, columns = append(header, strings.ToUpper(c.Name)), append(columns, i)
		}
	}
	var rows [][]string
	if !l.NoHeaders {
		rows = append(rows, header)
	}
	for _, r := range t.Rows {
		var row []string
		if l.Namespaces {
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
				cell = l.Prefix + cell
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
		return "", fmt.Errorf("cannot read a namespace of the server's table: %w", err)
	}
	return partial.Metadata.Namespace, nil
}

// cellText returns the text of a cell.
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
	return Printable(string(unquoted))
}
