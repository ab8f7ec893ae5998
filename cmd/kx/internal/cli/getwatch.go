package cli

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
)

// watches reports whether the flags ask for a watch.
func (g *getCommand) watches() bool { return g.watch || g.watchOnly }

// getWatch prints the objects of a selection, and then their changes.
type getWatch struct {
	*getCommand
	printer  printer.Printer // nil for a table
	layout   printer.TableLayout
	table    printer.TableWriter // holds the rows of the first list
	selected *selection
	list     resources.ListOptions
	listed   bool // the first list is complete
	found    bool // the first list has an object
}

// follow prints the objects of s and their changes until ctx ends, or the time of
// --request-timeout has passed.
func (g *getCommand) follow(ctx context.Context, p printer.Printer, s *selection) error {
	w := getWatch{getCommand: g, printer: p, selected: s, list: g.list, layout: g.layout(s.kind)}
	w.list.AllowWatchBookmarks = true
	w.list.Limit = g.pageSize()
	if len(s.names) > 0 {
		w.list.FieldSelector = "metadata.name=" + s.names[0]
	}
	if p != nil {
		printer.HoldBack(p)
	}
	return watchUntilTimeout(ctx, g.Invocation, func(ctx context.Context) (bool, error) {
		err := s.served(ctx, func() error { return w.run(ctx) })
		return w.listed, err
	})
}

func (w *getWatch) run(ctx context.Context) error {
	if w.printer == nil {
		for event, err := range w.selected.api.WatchTable(ctx, w.list) {
			if err == nil {
				err = w.row(ctx, event)
			}
			if err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	for event, err := range w.selected.api.Watch(ctx, w.list) {
		if err == nil {
			err = w.object(ctx, event)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// row prints a row, or keeps it until the first list is complete, to align its rows.
func (w *getWatch) row(ctx context.Context, event resources.WatchEvent[resources.Table]) error {
	switch {
	case event.Type == resources.Bookmark:
		return w.endList(ctx)
	case w.skips():
		return nil
	case event.FinalStateUnknown:
		if err := fillCells(event.Object); err != nil {
			return err
		}
	}
	rows, err := w.layout.Rows(event.Object)
	if err != nil {
		return err
	}
	if w.watchEvents {
		for i, row := range rows {
			text := string(event.Type)
			if len(rows) == 2 && i == 0 {
				text = "EVENT"
			}
			// kubectl pads to the longest type.
			text += strings.Repeat(" ", max(0, len(resources.Modified)-len(text)))
			rows[i] = append([]string{text}, row...)
		}
	}
	w.layout.NoHeaders = true
	for _, row := range rows {
		w.table.Add(row)
	}
	return w.flush()
}

// object prints an object.
func (w *getWatch) object(ctx context.Context,
	event resources.WatchEvent[resources.Object]) (err error) {
	switch {
	case event.Type == resources.Bookmark:
		return w.endList(ctx)
	case w.skips():
		return nil
	}
	name := event.Object.Metadata.Name
	if w.watchEvents {
		err = w.printer.PrintEvent(event.Type, w.selected.kind, name, event.Object)
	} else {
		err = w.printer.Print(w.selected.kind, name, event.Object)
	}
	if err != nil {
		return err
	}
	return w.flush()
}

// skips reports whether --watch-only hides an object, which is one of the first list.
func (w *getWatch) skips() bool {
	w.found = true
	return w.watchOnly && !w.listed
}

// endList prints the rows of the first list. It fails if the named object does not exist.
func (w *getWatch) endList(ctx context.Context) error {
	if w.listed {
		return nil
	}
	if len(w.selected.names) > 0 && !w.found {
		_, err := w.selected.api.Get(ctx, w.selected.names[0])
		if err != nil && !w.ignores(err) {
			return err
		}
	}
	w.listed = true
	return w.flush()
}

// flush prints what was held back. If the first list is incomplete, it only checks how large that
// is.
func (w *getWatch) flush() error {
	switch {
	case !w.listed:
		return printer.CheckHeld(w.table.Held())
	case w.printer != nil:
		return printer.Flush(w.printer)
	}
	return w.table.Flush(w.Out)
}

// fillCells fills in the row of an object whose last state the watch has missed.
func fillCells(table *resources.Table) error {
	row := &table.Rows[0]
	var object resources.PartialObjectMetadata
	if err := json.Unmarshal(row.Object, &object); err != nil {
		return err
	}
	for _, column := range table.ColumnDefinitions {
		text := "<unknown>"
		if column.Format == "name" {
			text = object.Metadata.Name
		}
		cell, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			return err
		}
		row.Cells = append(row.Cells, cell)
	}
	return nil
}
