package printer

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// TableLayout selects the columns of a server's table.
type TableLayout struct {
	Wide, NoHeaders bool
	// Namespaces adds a first column with the namespace of each row's object.
	Namespaces bool
	// Prefix precedes each name, such as "pod/".
	Prefix string
	// LabelColumns are labels with a column each. ShowLabels adds a column with all labels. The
	// rows must hold the metadata of their objects.
	LabelColumns []string
	ShowLabels   bool
}

// Rows returns the columns of t with priority 0, and in wide output the others too.
func (l TableLayout) Rows(t *resources.Table) ([][]string, error) {
	var columns []int
	for i, c := range t.ColumnDefinitions {
		if c.Priority == 0 || l.Wide {
			columns = append(columns, i)
		}
	}
	var rows [][]string
	if !l.NoHeaders {
		rows = append(rows, l.header(t, columns))
	}
	for _, r := range t.Rows {
		var row []string
		var meta rowMetadata
		if l.Namespaces || l.ShowLabels || len(l.LabelColumns) > 0 {
			var err error
			meta, err = readRowMetadata(r.Object)
			if err != nil {
				return nil, err
			}
		}
		if l.Namespaces {
			row = append(row, meta.Namespace)
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
		for _, label := range l.LabelColumns {
			row = append(row, meta.Labels[label])
		}
		if l.ShowLabels {
			row = append(row, labelsText(meta.Labels))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (l TableLayout) header(t *resources.Table, columns []int) (header []string) {
	if l.Namespaces {
		header = append(header, "NAMESPACE")
	}
	for _, i := range columns {
		header = append(header, strings.ToUpper(t.ColumnDefinitions[i].Name))
	}
	for _, label := range l.LabelColumns {
		header = append(header, strings.ToUpper(label[strings.LastIndexByte(label, '/')+1:]))
	}
	if l.ShowLabels {
		header = append(header, "LABELS")
	}
	return header
}

// rowMetadata is what a table shows of the metadata of a row's object.
type rowMetadata struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

func readRowMetadata(object jsontext.Value) (rowMetadata, error) {
	var partial struct {
		Metadata rowMetadata `json:"metadata"`
	}
	if err := json.Unmarshal(object, &partial); err != nil {
		return rowMetadata{}, fmt.Errorf("cannot read the metadata of the server's table: %w", err)
	}
	return partial.Metadata, nil
}

// labelsText returns labels as kubectl prints them: "a=1,b=2", or "<none>".
func labelsText(labels map[string]string) string {
	if len(labels) == 0 {
		return "<none>"
	}
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		texts = append(texts, name+"="+labels[name])
	}
	return strings.Join(texts, ",")
}

// cellText returns the text of a cell.
func cellText(v jsontext.Value) string {
	if v.Kind() == 'n' {
		return ""
	}
	if v.Kind() != '"' {
		return string(v)
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	unquoted, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(unquoted)
}
