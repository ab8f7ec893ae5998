package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type getCommand struct {
	*kx
	outputFlags
	list           resources.ListOptions
	subresource    string
	allNamespaces  bool
	noHeaders      bool
	ignoreNotFound bool

	client *transport.Client
}

func newGet(k *kx) *cobra.Command {
	g := &getCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "get KIND[,KIND…] [NAME…] | KIND/NAME…",
		Short: "Show objects",
		Long: `get shows the objects of a kind, or those that are named, as a table by default.
A kind is named as in pods, pod or po, or with its group as in deployments.apps; kinds of custom resources work as well.

A table comes ready from the server, without the objects; JSON and YAML are written as the objects arrive, however many there are.
With --subresource ephemeralcontainers the table has a row for each ephemeral container.

` + exitStatus,
		Example: `  kx get pods
  kx get pods -A -o wide
  kx get pod distroless -o yaml
  kx get pods -l app=distroless -o name
  kx get pods --field-selector status.phase=Running
  kx get pod/distroless pod/shell node/kx-node
  kx get pod distroless --subresource ephemeralcontainers`,
		RunE: func(cmd *cobra.Command, args []string) error { return g.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&g.list.LabelSelector, "selector", "l", "", "only objects whose labels match the `SELECTOR`, such as app=web,tier!=front")
	f.StringVar(&g.list.FieldSelector, "field-selector", "", "only objects whose fields match the `SELECTOR`, such as status.phase=Running")
	f.BoolVarP(&g.allNamespaces, "all-namespaces", "A", false, "show the objects of all namespaces, whatever --namespace says")
	f.StringVar(&g.subresource, "subresource", "", "read by way of the subresource `NAME`: ephemeralcontainers, scale or status")
	f.BoolVar(&g.noHeaders, "no-headers", false, "leave out the first line of a table")
	f.BoolVar(&g.ignoreNotFound, "ignore-not-found", false, "an object that is not there is no error")
	g.outputFlags.register(cmd, formatWide, formatJSON, formatYAML, formatName)
	completeWith(cmd, "subresource", subresources)
	cmd.ValidArgsFunction = k.completeObjects
	return cmd
}

func (g *getCommand) run(ctx context.Context, args []string) error {
	targets, err := parseTargets(args)
	if err != nil {
		return err
	}
	if err := g.check(targets); err != nil {
		return err
	}
	if g.client, err = g.connect(); err != nil {
		return err
	}
	var opts []resources.APIOption
	if g.allNamespaces {
		opts = append(opts, resources.AllNamespaces())
	}
	selected, err := find(ctx, g.client, targets, opts...)
	if err != nil {
		return err
	}
	p := g.printer(g.out)
	if p != nil {
		return g.print(ctx, p, selected)
	}
	return g.tables(ctx, selected)
}

func (g *getCommand) check(targets []target) error {
	names := 0
	for _, t := range targets {
		names += len(t.names)
	}
	switch {
	case g.allNamespaces && names > 0:
		return usagef("an object cannot be read by its name over all namespaces: leave out --all-namespaces, or the name")
	case names > 0 && (g.list.LabelSelector != "" || g.list.FieldSelector != ""):
		return usagef("a selector and a name exclude each other")
	case g.subresource != "" && names == 0:
		return usagef("--subresource needs the name of an object")
	}
	return nil
}

// print writes the objects as they come: one that is named by itself, several and lists as the items of a List.
func (g *getCommand) print(ctx context.Context, p printer, selected []selection) error {
	single := len(selected) == 1 && len(selected[0].names) == 1
	if !single {
		if err := p.openList(); err != nil {
			return err
		}
	}
	var failed failures
	for _, s := range selected {
		if err := g.printSelection(ctx, p, s, &failed); err != nil {
			return err
		}
	}
	if !single {
		if err := p.closeList(); err != nil {
			return err
		}
	}
	return failed.err()
}

func (g *getCommand) printSelection(ctx context.Context, p printer, s selection, failed *failures) error {
	for _, name := range s.names {
		object, err := g.object(ctx, s, name)
		if g.passOver(err) {
			continue
		}
		if err != nil {
			if !failed.add(err) {
				return *failed
			}
			continue
		}
		if err := p.print(s.kind, name, object); err != nil {
			return err
		}
	}
	if len(s.names) > 0 {
		return nil
	}
	if g.format.value == formatName {
		for object, err := range s.api.AllMetadata(ctx, g.list) {
			if err != nil {
				return err
			}
			if err := p.print(s.kind, object.Metadata.Name, nil); err != nil {
				return err
			}
		}
		return nil
	}
	for object, err := range s.api.All(ctx, g.list) {
		if err != nil {
			return err
		}
		if err := p.print(s.kind, object.Metadata.Name, object); err != nil {
			return err
		}
	}
	return nil
}

func (g *getCommand) object(ctx context.Context, s selection, name string) (*resources.Object, error) {
	if g.subresource == "" {
		return s.api.Get(ctx, name)
	}
	endpoint, err := subresource.Dispatch(s.api, g.subresource)
	if err != nil {
		return nil, err
	}
	return endpoint.Get(ctx, name)
}

// passOver holds for errors that the user does not want to hear of.
func (g *getCommand) passOver(err error) bool {
	return g.ignoreNotFound && errors.Is(err, transport.ErrNotFound)
}

// tables prints a table for each kind.
func (g *getCommand) tables(ctx context.Context, selected []selection) error {
	var failed failures
	printed := false
	for _, s := range selected {
		layout := tableLayout{
			wide: g.format.value == formatWide, noHeaders: g.noHeaders,
			namespaces: g.allNamespaces && s.kind.Namespaced,
		}
		if len(selected) > 1 {
			layout.prefix = qualified(s.kind, "")
		}
		table, err := g.table(ctx, s, &failed)
		if err != nil {
			return err
		}
		if len(table.Rows) == 0 {
			continue
		}
		rows, err := layout.rows(table)
		if err != nil {
			return err
		}
		if printed {
			fmt.Fprintln(g.out)
		}
		if err := writeTable(g.out, rows); err != nil {
			return err
		}
		printed = true
	}
	if !printed && len(failed) == 0 && !g.ignoreNotFound {
		g.nothingFound(selected)
	}
	return failed.err()
}

// table reads the rows of one kind.
func (g *getCommand) table(ctx context.Context, s selection, failed *failures) (*resources.Table, error) {
	if len(s.names) == 0 {
		return s.api.ListTable(ctx, g.list)
	}
	all := &resources.Table{}
	for _, name := range s.names {
		one, err := g.tableOf(ctx, s, name)
		if g.passOver(err) {
			continue
		}
		if err != nil {
			if !failed.add(err) {
				return nil, *failed
			}
			continue
		}
		all.ColumnDefinitions = one.ColumnDefinitions
		all.Rows = append(all.Rows, one.Rows...)
	}
	return all, nil
}

func (g *getCommand) tableOf(ctx context.Context, s selection, name string) (*resources.Table, error) {
	if g.subresource == "" {
		return s.api.GetTable(ctx, name)
	}
	endpoint, err := subresource.Dispatch(s.api, g.subresource)
	if err != nil {
		return nil, err
	}
	if g.subresource != "ephemeralcontainers" {
		return resources.Sub[resources.Object](s.api, g.subresource).GetTable(ctx, name)
	}
	pod, err := endpoint.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return ephemeralContainersTable(pod)
}

func (g *getCommand) nothingFound(selected []selection) {
	where := ""
	if !g.allNamespaces && slices.ContainsFunc(selected, func(s selection) bool { return s.kind.Namespaced }) {
		where = " in " + g.client.Namespace() + " namespace."
	}
	fmt.Fprintln(g.err, "No resources found"+where)
}
