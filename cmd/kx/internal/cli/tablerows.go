package cli

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
)

// What a row and a cell take beside their texts while they are sorted.
const (
	rowBytes  = 48
	cellBytes = 16
)

// tableRows holds the rows of a table until all are known, which its layout depends on.
type tableRows struct {
	layout printer.TableLayout
	table  printer.TableWriter
	count  int // without the header
	// sortBy is nil, or orders the rows by their objects.
	sortBy  *printer.SortPath
	rows    [][]string
	objects []jsontext.Value
	sorting int // bytes in rows and objects
}

// add adds the rows of a table, and at first the header.
func (t *tableRows) add(table *resources.Table) error {
	rows, err := t.layout.Rows(table)
	if err != nil {
		return err
	}
	if !t.layout.NoHeaders {
		t.layout.NoHeaders = true
		t.table.Add(rows[0])
		rows = rows[1:]
	}
	for i, row := range rows {
		t.count++
		if t.sortBy == nil {
			t.table.Add(row)
			continue
		}
		object := table.Rows[i].Object
		t.rows, t.objects = append(t.rows, row), append(t.objects, object)
		t.sorting += rowBytes + len(object)
		for _, cell := range row {
			t.sorting += cellBytes + len(cell)
		}
	}
	return nil
}

func (t *tableRows) size() int { return t.table.Held() + t.sorting }

// sort puts the rows into the order of --sort-by.
func (t *tableRows) sort() error {
	if t.sortBy == nil {
		return nil
	}
	order, err := t.sortBy.Order(t.objects)
	if err != nil {
		return err
	}
	for _, from := range order {
		t.table.Add(t.rows[from])
	}
	return nil
}
