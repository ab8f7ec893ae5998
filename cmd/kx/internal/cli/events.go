package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/jsonpath"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type eventsCommand struct {
	*command.Invocation
	command.OutputFlags
	about         string
	types         []string
	watch         bool
	allNamespaces bool
	noHeaders     bool

	// kind and name are those of the object that the events are about. Without a name they are
	// about any object.
	kind    resources.Kind
	name    string
	table   eventTable
	printer printer.Printer // nil for the table
}

func newEvents(k *command.Invocation) *cobra.Command {
	e := &eventsCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "events [POD | KIND/NAME]",
		Short: "Print events, the newest last",
		RunE:  func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&e.about, "for", "", "`KIND/NAME` that the events are about")
	f.StringSliceVar(&e.types, "types", nil, "only events of these `TYPES`: Normal or Warning")
	f.BoolVarP(&e.watch, "watch", "w", false, "print further events as they arrive")
	f.BoolVarP(&e.allNamespaces, "all-namespaces", "A", false, "of all namespaces")
	f.BoolVar(&e.noHeaders, "no-headers", false, "print no headings of the table")
	e.OutputFlags.RegisterJSONPath(cmd, printer.FormatJSON, printer.FormatYAML, printer.FormatName)
	command.CompleteWith(cmd, "types", eventTypes)
	cmd.ValidArgsFunction = k.CompleteTarget()
	command.MustRegister(cmd.RegisterFlagCompletionFunc("for", k.CompleteTarget()))
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the events of the namespace", CommandLine: "kx events"},
			{Purpose: "List those of a pod", CommandLine: "kx events shell"},
			{Purpose: "List the warnings of all namespaces",
				CommandLine: "kx events -A --types Warning"},
			{Purpose: "List the events about a deployment",
				CommandLine: "kx events deployment/web"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx get, kx wait; docs/kx.md"},
		Background: `kx prints the events of the namespace or of one object, sorted by the time when
each was last seen. LAST SEEN of an event that happened several times is such as "3m (x5 over 10m)".
The server deletes events after an hour by default.`,
	})
	return cmd
}

// eventTypes are the types of events in the API (core/v1 Event).
var eventTypes = []string{"Normal", "Warning"}

func (e *eventsCommand) run(ctx context.Context, args []string) error {
	about, err := e.check(args)
	if err != nil {
		return err
	}
	e.printer, err = e.TemplatePrinter(e.Invocation, jsonpath.MissingIndex, false)
	if err != nil {
		return err
	}
	client, err := e.Connect()
	if err != nil {
		return err
	}
	if about != nil {
		selected, err := discoverTargets(ctx, client, []target{*about})
		if err != nil {
			return err
		}
		e.kind, e.name = selected[0].kind, about.names[0]
	}
	var opts []resources.APIOption
	if e.allNamespaces || e.name != "" && !e.kind.Namespaced {
		opts = append(opts, resources.AllNamespaces())
	}
	api := resources.New[resources.Event](client, opts...)
	list, err := api.List(ctx, resources.ListOptions{FieldSelector: e.selector()})
	if err != nil {
		return err
	}
	if err := e.printList(client, list.Items); err != nil || !e.watch {
		return err
	}
	return watchUntilTimeout(ctx, e.Invocation, func(ctx context.Context) (bool, error) {
		return true, e.follow(ctx, api, list.Metadata.ResourceVersion)
	})
}

// check returns the object that the events are about, or nil.
func (e *eventsCommand) check(args []string) (*target, error) {
	for i, name := range e.types {
		at := slices.IndexFunc(eventTypes, func(known string) bool {
			return strings.EqualFold(known, name)
		})
		if at < 0 {
			return nil, command.Usagef("--types must be Normal or Warning, not %q", name)
		}
		e.types[i] = eventTypes[at]
	}
	about := e.about
	switch {
	case len(args) > 1:
		return nil, command.Usagef("unexpected argument %q: give one POD or KIND/NAME", args[1])
	case len(args) == 1 && about != "":
		return nil, command.Usagef("an argument and --for exclude each other")
	case len(args) == 1:
		about = args[0]
	case about != "" && !strings.Contains(about, "/"):
		return nil, command.Usagef("--for must be KIND/NAME, not %q", about)
	}
	if about == "" {
		return nil, nil
	}
	kind, name, err := command.SplitName(about)
	if err != nil {
		return nil, err
	}
	if kind == "" {
		kind = "pods"
	}
	return &target{kind: kind, names: []string{name}}, nil
}

// selector returns the field selector of the events. The server compares fields of the object
// without its group, so concerns checks that.
func (e *eventsCommand) selector() string {
	var terms []string
	if e.name != "" {
		terms = append(terms, "involvedObject.kind="+e.kind.Kind, "involvedObject.name="+e.name)
	}
	if len(e.types) == 1 {
		terms = append(terms, "type="+e.types[0])
	}
	return strings.Join(terms, ",")
}

// concerns reports whether an event is about an object of the group that was asked for.
func (e *eventsCommand) concerns(event *resources.Event) bool {
	group, _, ok := strings.Cut(event.InvolvedObject.APIVersion, "/")
	if !ok {
		group = ""
	}
	return e.name == "" || event.InvolvedObject.APIVersion == "" || group == e.kind.Group
}

func (e *eventsCommand) printList(client *transport.Client, listed []resources.Event) error {
	var events []*resources.Event
	for i := range listed {
		if e.concerns(&listed[i]) {
			events = append(events, &listed[i])
		}
	}
	slices.SortStableFunc(events, func(a, b *resources.Event) int {
		return a.LastSeen().Compare(b.LastSeen())
	})
	p := e.printer
	if p == nil {
		e.table.namespaces = e.allNamespaces
		if len(events) > 0 {
			return e.table.write(e.Out, events, !e.noHeaders, time.Now())
		}
		where := " in " + client.Namespace() + " namespace"
		if e.allNamespaces {
			where = ""
		}
		fmt.Fprintf(e.Err, "No events found%s.\n", where)
		return nil
	}
	if e.watch { // a document for each event, as later
		for _, event := range events {
			if err := printEvent(p, event); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.OpenList(); err != nil {
		return err
	}
	for _, event := range events {
		if err := printEvent(p, event); err != nil {
			return err
		}
	}
	return p.CloseList()
}

func printEvent(p printer.Printer, event *resources.Event) error {
	object, err := printer.Untyped(event)
	if err != nil {
		return err
	}
	return p.Print(event.APIKind(), event.Metadata.Name, object)
}

// follow prints the events after a resourceVersion until ctx ends.
func (e *eventsCommand) follow(ctx context.Context, api *resources.API[resources.Event],
	version string) error {
	for change, err := range api.Watch(ctx, resources.ListOptions{FieldSelector: e.selector(),
		ResourceVersion: version}) {
		switch {
		case errors.Is(err, transport.ErrGone):
			return fmt.Errorf("the server no longer has the events since the last one: run the "+
				"command again: %w", err)
		case err != nil:
			return err
		case change.Type == resources.Deleted || !e.concerns(change.Object):
			continue
		case e.printer != nil:
			err = printEvent(e.printer, change.Object)
		default:
			err = e.table.write(e.Out, []*resources.Event{change.Object}, false, time.Now())
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
