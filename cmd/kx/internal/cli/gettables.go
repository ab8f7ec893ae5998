package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

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
		table, err := g.table(ctx, s, &failed)
		if err != nil {
			return err
		}
		if len(table.Rows) == 0 {
			continue
		}
		if err := g.sortRows(table); err != nil {
			return err
		}
		rows, err := layout.Rows(table)
		if err != nil {
			return err
		}
		if printed {
			fmt.Fprintln(g.Out)
		}
		if err := printer.WriteTable(g.Out, rows); err != nil {
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

// table reads the rows of one kind.
func (g *getCommand) table(ctx context.Context, s selection,
	failed *command.Failures) (*resources.Table, error) {
	all := &resources.Table{}
	if len(s.names) == 0 {
		table, err := g.listTable(ctx, &s)
		if err != nil && !failed.Add(err) {
			return nil, *failed
		}
		return cmp.Or(table, all), nil
	}
	for _, name := range s.names {
		var rows *resources.Table
		err := s.served(ctx, func() (err error) {
			rows, err = g.tableOf(ctx, s, name)
			return err
		})
		if g.ignores(err) {
			continue
		}
		if err != nil {
			if !failed.Add(err) {
				return nil, *failed
			}
			continue
		}
		all.ColumnDefinitions = rows.ColumnDefinitions
		all.Rows = append(all.Rows, rows.Rows...)
	}
	return all, nil
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
	// maxTableBytes limits the rows of all pages, which a table holds until it is printed: a
	// server may send continue tokens without end. It is enough for a million pods.
	maxTableBytes = 1 << 30
)

// listTable reads all rows of a kind: at once, or with --chunk-size in pages. A list that is too
// large for one page is read in pages, too.
func (g *getCommand) listTable(ctx context.Context, s *selection) (*resources.Table, error) {
	list := g.list
	if g.sortBy != nil || list.Limit < 0 {
		list.Limit = 0
	}
	opts := tableOptions[resources.ListOption](g)
	var all *resources.Table
	err := s.served(ctx, func() (err error) {
		all, err = s.api.ListTable(ctx, list, opts...)
		var size *transport.AnswerSizeError
		if list.Limit == 0 && errors.As(err, &size) && size.Constant == pageLimit {
			list.Limit = smallPage
			all, err = s.api.ListTable(ctx, list, opts...)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	size := sizeOf(all.Rows)
	for list.Continue = all.Metadata.Continue; list.Continue != ""; {
		page, err := s.api.ListTable(ctx, list, opts...)
		if err != nil {
			return nil, err
		}
		size += sizeOf(page.Rows)
		if size > maxTableBytes {
			return nil, fmt.Errorf("list %s: the table is larger than %d MiB: "+
				"select fewer objects, or use -o name or -o json",
				s.kind.Resource, maxTableBytes>>20)
		}
		all.Rows = append(all.Rows, page.Rows...)
		list.Continue = page.Metadata.Continue
	}
	return all, nil
}

// sizeOf returns about how many bytes rows take.
func sizeOf(rows []resources.TableRow) (n int) {
	const row, cell = 96, 24 // without their texts
	for i := range rows {
		n += row + len(rows[i].Object)
		for _, text := range rows[i].Cells {
			n += cell + len(text)
		}
	}
	return n
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

// sortRows sorts rows by the path of --sort-by.
func (g *getCommand) sortRows(table *resources.Table) error {
	if g.sortBy == nil {
		return nil
	}
	documents := make([]jsontext.Value, len(table.Rows))
	for i := range table.Rows {
		documents[i] = table.Rows[i].Object
	}
	order, err := g.sortBy.Order(documents)
	if err != nil {
		return err
	}
	sorted := make([]resources.TableRow, len(order))
	for to, from := range order {
		sorted[to] = table.Rows[from]
	}
	table.Rows = sorted
	return nil
}
