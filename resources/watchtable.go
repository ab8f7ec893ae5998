package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/go-json-experiment/json"
)

// WatchTable is Watch with the objects as rows, as the server prints them. The Table of an event
// has the columns and one row, and that of a Bookmark has no row.
//
// The row holds its object's metadata. With IncludeInRows(IncludeObject) it holds the object. With
// FinalStateUnknown the row has no cells.
func (a *API[T]) WatchTable(ctx context.Context, list ListOptions,
	opts ...ListOption) iter.Seq2[WatchEvent[Table], error] {
	return a.watchTable(ctx, list, opts)
}

func (r requester) watchTable(ctx context.Context, list ListOptions,
	opts []ListOption) iter.Seq2[WatchEvent[Table], error] {
	return func(yield func(WatchEvent[Table], error) bool) {
		var columns []TableColumnDefinition
		w := watcher{
			requester: r, list: list, accept: tableType, columns: &columns,
			make: func() any { return &watchedRow{columns: &columns} },
			yield: func(kind WatchEventType, row any) bool {
				return yield(WatchEvent[Table]{Type: kind, Object: row.(*watchedRow).table()}, nil)
			},
			yieldMissed: func(row any) bool {
				return yield(WatchEvent[Table]{Deleted, row.(*watchedRow).table(), true}, nil)
			},
		}
		if list.ResourceVersion == "" || list.ResourceVersion == "0" {
			w.known = newKnownObjects()
		}
		IncludeInRows(IncludeMetadata).applyList(&w.options)
		for _, o := range opts {
			o.applyList(&w.options)
		}
		if err := w.run(ctx); !errors.Is(err, errStopped) {
			yield(WatchEvent[Table]{}, err)
		}
	}
}

// watchedRow is a row of a list, or the row of an event.
type watchedRow struct {
	// columns are those of the watch. The server sends them with the list and the first event.
	columns *[]TableColumnDefinition
	row     TableRow
	meta    ObjectMeta // of the row's object
}

// Meta returns the metadata of the row's object.
func (w *watchedRow) Meta() *ObjectMeta { return &w.meta }

// UnmarshalJSON reads a row, or a Table of at most one row.
func (w *watchedRow) UnmarshalJSON(document []byte) error {
	var table Table
	if err := json.Unmarshal(document, &table); err != nil {
		return err
	}
	switch {
	case table.Kind == "":
		if err := json.Unmarshal(document, &w.row); err != nil {
			return err
		}
	case len(table.Rows) > 1:
		return fmt.Errorf("an event has %d rows", len(table.Rows))
	case len(table.Rows) == 1:
		w.row = table.Rows[0]
	}
	if err := cmp.Or(checkWidth(len(table.ColumnDefinitions), "columns"),
		checkWidth(len(w.row.Cells), "cells")); err != nil {
		return err
	}
	if len(table.ColumnDefinitions) > 0 {
		*w.columns = table.ColumnDefinitions
	}
	if len(w.row.Object) > 0 {
		var object PartialObjectMetadata
		if err := json.Unmarshal(w.row.Object, &object); err != nil {
			return err
		}
		w.meta = object.Metadata
	}
	if w.meta.ResourceVersion == "" {
		w.meta.ResourceVersion = table.Metadata.ResourceVersion
	}
	return nil
}

func (w *watchedRow) table() *Table {
	table := &Table{Kind: "Table", APIVersion: "meta.k8s.io/v1", ColumnDefinitions: *w.columns}
	table.Metadata.ResourceVersion = w.meta.ResourceVersion
	switch {
	case w.meta.Name == "": // a bookmark
		return table
	case len(w.row.Object) == 0: // a missed deletion
		w.row.Object, _ = json.Marshal(PartialObjectMetadata{Metadata: w.meta}) // has no bad value
	}
	table.Rows = []TableRow{w.row}
	return table
}
