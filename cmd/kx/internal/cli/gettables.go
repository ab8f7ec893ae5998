package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// tables prints a table for each kind.
func (g *getCommand) tables(ctx context.Context, selected []selection) error {
	var failed command.Failures
	printed := false
	for _, s := range selected {
		layout := g.layout(s.kind)
		if len(selected) > 1 {
			layout.Prefix = printer.QualifiedName(s.kind, "")
		}
		rows, err := g.rows(ctx, s, layout, &failed)
		if err != nil {
			return err
		}
		if rows.count == 0 {
			continue
		}
		if err := rows.sort(); err != nil {
			return err
		}
		if printed {
			fmt.Fprintln(g.Out)
		}
		if err := rows.table.Flush(g.Out); err != nil {
			return err
		}
		printed = true
	}
	if !printed && len(failed) == 0 && !g.ignoreNotFound {
		g.printNoResources(selected)
	}
	return failed.Err()
}

func (g *getCommand) layout(kind resources.Kind) printer.TableLayout {
	return printer.TableLayout{
		Wide: g.Format.Value == printer.FormatWide, NoHeaders: g.noHeaders,
		Namespaces:   g.allNamespaces && kind.Namespaced,
		LabelColumns: g.labelColumns, ShowLabels: g.showLabels,
	}
}

// rows reads the rows of one kind.
func (g *getCommand) rows(ctx context.Context, s selection, layout printer.TableLayout,
	failed *command.Failures) (*tableRows, error) {
	rows := &tableRows{layout: layout, sortBy: g.sortBy}
	if len(s.names) == 0 {
		listed, err := g.listRows(ctx, &s, layout)
		if err == nil {
			return listed, nil
		}
		if !failed.Add(err) {
			return nil, *failed
		}
		return rows, nil
	}
	for _, name := range s.names {
		var table *resources.Table
		err := s.served(ctx, func() (err error) {
			table, err = g.tableOf(ctx, s, name)
			return err
		})
		switch {
		case err == nil:
			err = rows.add(table)
			if err != nil {
				return nil, err
			}
		case g.ignores(err):
		case !failed.Add(err):
			return nil, *failed
		}
	}
	return rows, nil
}

func (g *getCommand) tableOf(ctx context.Context, s selection, name string) (*resources.Table,
	error) {
	if g.subresource == "" {
		return s.api.GetTable(ctx, name, tableOptions[resources.GetOption](g)...)
	}
	endpoint, err := subresource.Dispatch(s.api, g.subresource)
	if err != nil {
		return nil, err
	}
	tableFrom := ephemeralContainersTable
	switch g.subresource {
	case "ephemeralcontainers":
	case "resize":
		tableFrom = containerResourcesTable
	default:
		return resources.Sub[resources.Object](s.api, g.subresource).GetTable(ctx, name,
			tableOptions[resources.GetOption](g)...)
	}
	pod, err := endpoint.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return tableFrom(pod)
}

func (g *getCommand) printNoResources(selected []selection) {
	where := ""
	if !g.allNamespaces && slices.ContainsFunc(selected,
		func(s selection) bool { return s.kind.Namespaced }) {
		where = " in " + g.client.Namespace() + " namespace."
	}
	fmt.Fprintln(g.Err, "No resources found"+where)
}

// smallPage is the size of the pages in which a list is read that exceeds pageLimit at once.
const (
	smallPage = 500
	pageLimit = "resources.MaxPageBytes"
)

// maxCuts is how often a list of rows is read again that is cut off, each time further on.
const maxCuts = 5

// listRows reads all rows of a kind: at once, or with --chunk-size in pages. It starts again if an
// answer is cut off within its rows, and in pages if the list is too large for one.
func (g *getCommand) listRows(ctx context.Context, s *selection,
	layout printer.TableLayout) (rows *tableRows, err error) {
	list := g.list
	if g.sortBy != nil || list.Limit < 0 {
		list.Limit = 0
	}
	read := func() error {
		rows = &tableRows{layout: layout, sortBy: g.sortBy}
		for table, err := range s.api.AllRows(ctx, list, tableOptions[resources.ListOption](g)...) {
			if err == nil {
				err = rows.add(table)
			}
			if err != nil {
				return err
			}
			if err := printer.CheckHeld(rows.size()); err != nil {
				return fmt.Errorf("list %s: %w", s.kind.Resource, err)
			}
		}
		return nil
	}
	err = s.served(ctx, func() error {
		for cuts, seen := 0, 0; ; {
			err := read()
			var size *transport.AnswerSizeError
			switch {
			case list.Limit == 0 && errors.As(err, &size) && size.Constant == pageLimit:
				list.Limit = smallPage
			case errors.As(err, new(*transport.ConnectionError)) && rows.count > seen &&
				cuts < maxCuts:
				cuts, seen = cuts+1, rows.count
			default:
				return err
			}
		}
	})
	return rows, err
}

// tableOptions makes the rows hold what the flags need of their objects.
func tableOptions[O any](g *getCommand) (opts []O) {
	var option any
	switch {
	case g.sortBy != nil:
		option = resources.IncludeInRows(resources.IncludeObject)
	case g.showLabels || len(g.labelColumns) > 0:
		option = resources.IncludeInRows(resources.IncludeMetadata)
	default:
		return nil
	}
	return append(opts, option.(O))
}
