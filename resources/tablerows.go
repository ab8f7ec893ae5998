package resources

import (
	"cmp"
	"context"
	"errors"
	"iter"
)

func (r requester) allRows(ctx context.Context, list ListOptions,
	opts []ListOption) iter.Seq2[*Table, error] {
	return func(yield func(*Table, error) bool) {
		r.eachRow(ctx, list, optionsOfList(opts), yield)
	}
}

// eachRow is the loop of allRows. The compiler would copy an iterator into each of its callers.
func (r requester) eachRow(ctx context.Context, list ListOptions, s *options,
	yield func(*Table, error) bool) {
	list.Limit = cmp.Or(list.Limit, -1) // 0 is a page of the usual size
	rows := tableRows{yield: yield}
	_, err := r.eachItem(ctx, tableType, list, s, itemSink{
		columns: &rows.columns,
		open:    rows.release,
		make:    func() any { return new(TableRow) },
		yield:   func(row any) bool { return rows.add(row.(*TableRow)) },
	})
	if err == nil {
		rows.release()
	}
	err = cmp.Or(rows.err, err)
	if err != nil && !errors.Is(err, errStopped) {
		yield(nil, err)
	}
}

// tableRows yields the rows of a Table. It holds the rows that precede their columns: the order of
// an object's members is free.
type tableRows struct {
	yield   func(*Table, error) bool
	columns []TableColumnDefinition
	held    []TableRow
	err     error // errStopped after the end of yield
}

// add reports whether more rows are wanted.
func (t *tableRows) add(row *TableRow) bool {
	err := checkWidth(len(row.Cells), "cells")
	if err != nil {
		t.err = err
		return false
	}
	t.held = append(t.held, *row)
	return t.columns == nil || t.release()
}

// release yields the rows that are held. It reports whether more rows are wanted.
func (t *tableRows) release() bool {
	held := t.held
	t.held = nil
	for i := range held {
		if t.err != nil {
			break
		}
		table := &Table{Kind: "Table", APIVersion: metaGroup + "/v1", ColumnDefinitions: t.columns,
			Rows: held[i : i+1 : i+1]}
		if !t.yield(table, nil) {
			t.err = errStopped
		}
	}
	return t.err == nil
}
