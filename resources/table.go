package resources

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Table holds objects as rows, as the server prints them (meta.k8s.io/v1).
type Table struct {
	Kind              string                  `json:"kind,omitzero"`
	APIVersion        string                  `json:"apiVersion,omitzero"`
	Metadata          ListMeta                `json:"metadata,omitzero"`
	ColumnDefinitions []TableColumnDefinition `json:"columnDefinitions,omitzero"`
	Rows              []TableRow              `json:"rows,omitzero"`
	Unknown           jsontext.Value          `json:",embed"`
}

// TableColumnDefinition is a column of a Table.
type TableColumnDefinition struct {
	Name string `json:"name"`
	// Type and Format are OpenAPI's, such as "string" and "date". The Format "name" marks the
	// column of the objects' names.
	Type        string `json:"type"`
	Format      string `json:"format"`
	Description string `json:"description"`
	// Priority is 0 for every output, and higher for wide output.
	Priority int32          `json:"priority"`
	Unknown  jsontext.Value `json:",embed"`
}

// TableRow is one object in a Table.
type TableRow struct {
	// Cells are the values of the columns as JSON: a string, a number, a boolean, null, or a list
	// or object of these.
	Cells      []jsontext.Value    `json:"cells,omitzero"`
	Conditions []TableRowCondition `json:"conditions,omitzero"`
	// Object is the object, its metadata, or nothing, as the request's includeObject says.
	Object  jsontext.Value `json:"object,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// TableRowCondition is a mark on a row, such as that its object has "Completed".
type TableRowCondition struct {
	Type    string         `json:"type"`
	Status  string         `json:"status"`
	Reason  string         `json:"reason,omitzero"`
	Message string         `json:"message,omitzero"`
	Unknown jsontext.Value `json:",embed"`
}

// nameOf returns the name of a row's object, from the object or from the column of names, or "" if
// that holds no string. ok is false if the row has neither. The server marks the name of the
// default storage class in that column.
func (k Kind) nameOf(t *Table, row *TableRow) (name string, ok bool) {
	head, _ := headOf(row.Object)
	if head.Name != "" {
		return head.Name, true
	}
	for i := range t.ColumnDefinitions {
		if t.ColumnDefinitions[i].Format != "name" || i >= len(row.Cells) {
			continue
		}
		if row.Cells[i].Kind() == '"' {
			name = unquote(string(row.Cells[i]))
		}
		if k.Resource == "storageclasses" {
			name = strings.TrimSuffix(name, " (default)")
		}
		return name, true
	}
	return "", false
}
