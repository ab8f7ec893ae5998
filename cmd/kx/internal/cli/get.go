package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type getCommand struct {
	*command.Invocation
	command.OutputFlags
	list           resources.ListOptions
	subresource    string
	allNamespaces  bool
	noHeaders      bool
	ignoreNotFound bool

	client *transport.Client
}

func newGet(k *command.Invocation) *cobra.Command {
	g := &getCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "get KIND[,KIND…] [NAME…] | KIND/NAME…",
		Short: "Print objects",
		RunE:  func(cmd *cobra.Command, args []string) error { return g.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&g.list.LabelSelector, "selector", "l", "",
		"`SELECTOR` of labels, such as app=web,tier!=front")
	f.StringVar(&g.list.FieldSelector, "field-selector", "", "`SELECTOR` of fields")
	f.BoolVarP(&g.allNamespaces, "all-namespaces", "A", false,
		"print the objects of all namespaces")
	f.StringVar(&g.subresource, "subresource", "",
		"`NAME`: ephemeralcontainers, resize, scale or status")
	f.BoolVar(&g.noHeaders, "no-headers", false, "print no headings of a table")
	f.BoolVar(&g.ignoreNotFound, "ignore-not-found", false, "a missing object is no failure")
	g.OutputFlags.Register(cmd, printer.FormatWide, printer.FormatJSON, printer.FormatYAML,
		printer.FormatName)
	command.CompleteWith(cmd, "subresource", command.Subresources)
	cmd.ValidArgsFunction = k.CompleteObjects
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the pods of all namespaces", CommandLine: "kx get pods -A -o wide"},
			{Purpose: "Print one pod as YAML", CommandLine: "kx get pod distroless -o yaml"},
			{Purpose: "Print the names of pods with a label",
				CommandLine: "kx get pods -l app=distroless -o name"},
			{Purpose: "List the pods that run",
				CommandLine: "kx get pods --field-selector status.phase=Running"},
			{Purpose: "Print objects of several kinds",
				CommandLine: "kx get pod/distroless pod/shell node/kx-node"},
			{Purpose: "List the debug containers of a pod",
				CommandLine: "kx get pod distroless --subresource ephemeralcontainers"},
		},
		Tables: []command.Table{{Heading: "TARGETS", Rows: []command.Row{
			{Name: "KIND", Text: "all objects of a kind: pods, pod, po, deployments.apps"},
			{Name: "CATEGORY", Text: "all objects of the kinds of a category: all"},
			{Name: "KIND NAME…", Text: "objects of one kind"},
			{Name: "KIND/NAME…", Text: "objects of any kinds"},
		}}},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx debug ls; docs/kx.md"},
		Background: `kx prints a table by default. Kinds of custom resources work as well as those
of Kubernetes. The server makes the table, and sends no objects. JSON and YAML are written as the
objects arrive, so the memory does not grow with the list. If the user may not list one of several
kinds, kx prints the others, and the errors at the end. With --subresource ephemeralcontainers
the table has a row for each ephemeral container.`,
	})
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
	if g.client, err = g.Connect(); err != nil {
		return err
	}
	var opts []resources.APIOption
	if g.allNamespaces {
		opts = append(opts, resources.AllNamespaces())
	}
	selected, err := discoverTargets(ctx, g.client, targets, opts...)
	if err != nil {
		return err
	}
	p := g.Printer(g.Out)
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
		return command.Usagef("a name and --all-namespaces exclude each other")
	case names > 0 && (g.list.LabelSelector != "" || g.list.FieldSelector != ""):
		return command.Usagef("a selector and a name exclude each other")
	case g.subresource != "" && names == 0:
		return command.Usagef("--subresource needs the name of an object")
	}
	return nil
}

// print writes each object as it arrives. A single named object stands alone, others are the
// items of a List.
func (g *getCommand) print(ctx context.Context, p printer.Printer, selected []selection) error {
	single := len(selected) == 1 && len(selected[0].names) == 1
	if !single {
		if err := p.OpenList(); err != nil {
			return err
		}
	}
	var failed command.Failures
	for _, s := range selected {
		if err := g.printSelection(ctx, p, s, &failed); err != nil {
			return err
		}
	}
	if !single {
		if err := p.CloseList(); err != nil {
			return err
		}
	}
	return failed.Err()
}

func (g *getCommand) printSelection(ctx context.Context, p printer.Printer, s selection,
	failed *command.Failures) error {
	for _, name := range s.names {
		object, err := g.object(ctx, s, name)
		if g.ignores(err) {
			continue
		}
		if err != nil {
			if !failed.Add(err) {
				return *failed
			}
			continue
		}
		if err := p.Print(s.kind, name, object); err != nil {
			return err
		}
	}
	if len(s.names) > 0 {
		return nil
	}
	if err := g.printList(ctx, p, s); err != nil && !failed.Add(err) {
		return *failed
	}
	return nil
}

func (g *getCommand) printList(ctx context.Context, p printer.Printer, s selection) error {
	if g.Format.Value == printer.FormatName {
		for object, err := range s.api.AllMetadata(ctx, g.list) {
			if err != nil {
				return err
			}
			if err := p.Print(s.kind, object.Metadata.Name, nil); err != nil {
				return err
			}
		}
		return nil
	}
	for object, err := range s.api.All(ctx, g.list) {
		if err != nil {
			return err
		}
		if err := p.Print(s.kind, object.Metadata.Name, object); err != nil {
			return err
		}
	}
	return nil
}

func (g *getCommand) object(ctx context.Context, s selection, name string) (*resources.Object,
	error) {
	if g.subresource == "" {
		return s.api.Get(ctx, name)
	}
	endpoint, err := subresource.Dispatch(s.api, g.subresource)
	if err != nil {
		return nil, err
	}
	return endpoint.Get(ctx, name)
}

// ignores reports whether --ignore-not-found hides err.
func (g *getCommand) ignores(err error) bool {
	return g.ignoreNotFound && errors.Is(err, transport.ErrNotFound)
}

// tables prints a table for each kind.
func (g *getCommand) tables(ctx context.Context, selected []selection) error {
	var failed command.Failures
	printed := false
	for _, s := range selected {
		layout := printer.TableLayout{
			Wide: g.Format.Value == printer.FormatWide, NoHeaders: g.noHeaders,
			Namespaces: g.allNamespaces && s.kind.Namespaced,
		}
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

// table reads the rows of one kind.
func (g *getCommand) table(ctx context.Context, s selection,
	failed *command.Failures) (*resources.Table, error) {
	all := &resources.Table{}
	if len(s.names) == 0 {
		table, err := s.api.ListTable(ctx, g.list)
		if err != nil && !failed.Add(err) {
			return nil, *failed
		}
		return cmp.Or(table, all), nil
	}
	for _, name := range s.names {
		rows, err := g.tableOf(ctx, s, name)
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
		return s.api.GetTable(ctx, name)
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
		return resources.Sub[resources.Object](s.api, g.subresource).GetTable(ctx, name)
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
