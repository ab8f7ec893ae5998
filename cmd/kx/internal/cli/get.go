package cli

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/jsonpath"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type getCommand struct {
	*command.Invocation
	command.OutputFlags
	list           resources.ListOptions
	files          command.FileFlags
	raw            string
	sortPath       string
	labelColumns   []string
	showLabels     bool
	allowMissing   bool
	subresource    string
	allNamespaces  bool
	noHeaders      bool
	ignoreNotFound bool
	watch          bool
	watchOnly      bool
	watchEvents    bool

	client *transport.Client
	sortBy *printer.SortPath // nil without --sort-by
}

func newGet(k *command.Invocation) *cobra.Command {
	g := &getCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "get KIND[,KIND…] [NAME…] | KIND/NAME… | -f FILE",
		Short: "Print objects",
		RunE:  func(cmd *cobra.Command, args []string) error { return g.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	g.files.Register(cmd)
	command.RegisterSelectors(cmd, &g.list)
	f.BoolVarP(&g.allNamespaces, "all-namespaces", "A", false,
		"print the objects of all namespaces")
	f.StringVar(&g.subresource, "subresource", "",
		"`NAME` such as scale or resize")
	f.BoolVar(&g.noHeaders, "no-headers", false, "print no headings of a table")
	f.BoolVar(&g.ignoreNotFound, "ignore-not-found", false, "a missing object is no failure")
	f.StringVar(&g.sortPath, "sort-by", "", "sort by the value at a JSONPath `PATH`")
	f.BoolVar(&g.showLabels, "show-labels", false, "add a column of all labels to a table")
	f.VarP((*labelList)(&g.labelColumns), "label-columns", "L",
		"add a column for each of `LABELS`")
	f.Int64Var(&g.list.Limit, "chunk-size", -1, "`COUNT` of objects in a request; 0: all at once")
	f.BoolVarP(&g.watch, "watch", "w", false, "print the changes of the objects, too")
	f.BoolVar(&g.watchOnly, "watch-only", false, "print the changes alone")
	f.BoolVar(&g.watchEvents, "output-watch-events", false, "print the type of each change")
	f.StringVar(&g.raw, "raw", "", "print the response to a GET of `PATH`")
	g.OutputFlags.RegisterTemplates(cmd, printer.FormatWide, printer.FormatJSON,
		printer.FormatYAML, printer.FormatName)
	f.BoolVar(&g.allowMissing, "allow-missing-template-keys", true,
		"print nothing for absent fields")
	command.CompleteWith(cmd, "subresource", command.Subresources)
	cmd.ValidArgsFunction = k.CompleteObjects
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the pods of all namespaces", CommandLine: "kx get pods -A -o wide"},
			{Purpose: "Print one pod as YAML", CommandLine: "kx get pod distroless -o yaml"},
			{Purpose: "Print the names of pods with a label",
				CommandLine: "kx get pods -l app=distroless -o name"},
			{Purpose: "List the pods, and print their changes",
				CommandLine: "kx get pods --watch"},
			{Purpose: "Print text with the values at JSONPaths",
				CommandLine: `kx get pods -o jsonpath='{range .items[*]}` +
					`{.metadata.name}{"\n"}{end}'`},
			{Purpose: "List the debug containers of a pod",
				CommandLine: "kx get pod distroless --subresource ephemeralcontainers"},
		},
		Tables: []command.Table{{Heading: "TARGETS", Rows: []command.Row{
			{Name: "KIND", Text: "all objects of a kind: pods, pod, po, deployments.apps"},
			{Name: "CATEGORY", Text: "all objects of the kinds of a category: all"},
			{Name: "KIND NAME…", Text: "objects of one kind"},
			{Name: "KIND/NAME…", Text: "objects of any kinds"},
		}}, {Heading: "OUTPUT", Rows: []command.Row{
			{Name: "wide", Text: "the table with all columns"},
			{Name: "json, yaml", Text: "the objects"},
			{Name: "name", Text: "KIND/NAME of each object"},
			{Name: "jsonpath=TEMPLATE", Text: "text with the values at {.paths}"},
			{Name: "jsonpath-file=FILE", Text: "the same, with the template in a file"},
			{Name: "custom-columns=…", Text: "a table of HEADING:.path,HEADING:.path"},
			{Name: "custom-columns-file=FILE", Text: "a line of headings, a line of paths"},
		}}},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx debug ls; docs/kx.md"},
		Background: `kx prints a table by default. Kinds of custom resources work as well as those
of Kubernetes. The server makes the table, and sends no objects. JSON and YAML are written as the
objects arrive, so the memory does not grow with the list. If the user may not list one of several
kinds, kx prints the others, and the errors at the end. A watch goes on after a lost connection. It
ends with an interrupt, or after the time of --request-timeout.
With --subresource ephemeralcontainers the table has a row for each ephemeral container.

JSONPath templates are those of kubectl (https://kubernetes.io/docs/reference/kubectl/jsonpath/).
Numbers are printed as the server sent them. In ['a.b'] a dot is part of the key. --sort-by compares
quantities and numbers by their amount. A selector that is given twice selects the objects that
match both.`,
	})
	return cmd
}

func (g *getCommand) run(ctx context.Context, args []string) error {
	if g.raw != "" {
		return g.runRaw(ctx, args)
	}
	p, err := g.printer()
	if err != nil {
		return err
	}
	if len(g.files.Names) > 0 {
		return g.runFiles(ctx, p, args)
	}
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
	selected, err := assumeTargets(ctx, g.client, targets, opts...)
	if err != nil {
		return err
	}
	return g.show(ctx, p, selected)
}

// show prints what is selected, as tables if p is nil.
func (g *getCommand) show(ctx context.Context, p printer.Printer, selected []selection) error {
	if g.watches() && len(selected) > 0 {
		if len(selected) > 1 || len(selected[0].names) > 1 {
			return errSeveralWatched
		}
		return g.follow(ctx, p, &selected[0])
	}
	if p == nil {
		return g.tables(ctx, selected)
	}
	g.list.Limit = g.pageSize()
	return g.print(ctx, p, selected)
}

// pageSize returns the Limit of a list that is read in pages. 0 is the default size.
func (g *getCommand) pageSize() int64 {
	switch {
	case g.list.Limit < 0:
		return 0
	case g.list.Limit == 0:
		return math.MaxInt32
	}
	return g.list.Limit
}

// printer returns the printer that the flags ask for, or nil for tables.
func (g *getCommand) printer() (p printer.Printer, err error) {
	if g.watchEvents && !g.watches() {
		return nil, command.Usagef("--output-watch-events needs --watch or --watch-only")
	}
	if g.sortPath != "" {
		g.sortBy, err = printer.ParseSortPath(g.sortPath)
		if err != nil {
			return nil, command.NewUsageError(fmt.Errorf("--sort-by: %w", err))
		}
	}
	missing := jsonpath.MissingIndex
	if !g.allowMissing {
		missing = jsonpath.MissingMember
	}
	p, err = g.TemplatePrinter(g.Invocation, missing, g.noHeaders)
	isTable := p == nil
	switch {
	case err != nil:
		return nil, err
	case !isTable && (g.showLabels || len(g.labelColumns) > 0):
		return nil, command.Usagef("-o %s has no columns for labels", g.Format.Value)
	case g.sortBy != nil && g.watches():
		g.Warn("--sort-by has no effect with --watch")
	case !isTable && g.sortBy != nil:
		p = printer.Sorted(p, g.sortBy)
	}
	return p, nil
}

func (g *getCommand) runRaw(ctx context.Context, args []string) error {
	if len(args) > 0 || len(g.files.Names) > 0 || g.Format.Value != "" || g.allNamespaces ||
		g.list.LabelSelector != "" || g.list.FieldSelector != "" || g.sortPath != "" ||
		g.watches() {
		return command.Usagef("--raw excludes kinds, files, selectors, formats and --watch")
	}
	req, err := rawRequest(g.raw)
	if err != nil {
		return err
	}
	return g.printRaw(ctx, req)
}

// runFiles prints the objects that the files name, as the server has them.
func (g *getCommand) runFiles(ctx context.Context, p printer.Printer, args []string) error {
	if g.subresource != "" {
		return command.Usagef("-f excludes --subresource")
	}
	flags := objectFlags{files: g.files, list: g.list, allNamespaces: g.allNamespaces}
	chosen, err := flags.choose(ctx, g.Invocation, args)
	if err != nil {
		return err
	}
	var selected []selection
	for _, o := range chosen.objects {
		last := len(selected) - 1
		if last >= 0 && selected[last].kind == o.kind && selected[last].namespace == o.namespace {
			selected[last].names = append(selected[last].names, o.name)
			continue
		}
		selected = append(selected, selection{kind: o.kind, api: o.api, names: []string{o.name},
			namespace: o.namespace})
	}
	if len(selected) > 0 {
		g.client = selected[0].api.Client()
		err = chosen.failed.AddAll(g.show(ctx, p, selected))
	}
	if err != nil {
		return err
	}
	return chosen.failed.Err()
}

// errSeveralWatched refuses a watch of several kinds or names. The API has none.
var errSeveralWatched = command.Usagef("--watch takes one kind, and at most one name")

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
	case g.watches() && (len(targets) > 1 || names > 1):
		return errSeveralWatched
	case g.watches() && g.subresource != "":
		return command.Usagef("--watch excludes --subresource")
	case g.list.Limit < -1:
		return command.Usagef("--chunk-size must not be negative")
	case g.subresource != "" && names == 0:
		return command.Usagef("--subresource needs the name of an object")
	}
	return nil
}
