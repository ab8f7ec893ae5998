package debugcmd

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

type debugListCommand struct {
	*command.Invocation
	list          resources.ListOptions
	allNamespaces bool
	noHeaders     bool
	format        command.Choice
}

func newList(k *command.Invocation) *cobra.Command {
	l := &debugListCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "ls [POD | -l SELECTOR]",
		Short: "List debug containers",
		RunE:  func(cmd *cobra.Command, args []string) error { return l.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	command.RegisterLabelSelector(cmd, &l.list.LabelSelector,
		"only pods with these labels: `SELECTOR`")
	f.BoolVarP(&l.allNamespaces, "all-namespaces", "A", false, "list those of all namespaces")
	f.BoolVar(&l.noHeaders, "no-headers", false, "print no headings")
	l.format = command.NewChoice("", printer.FormatJSON, printer.FormatYAML)
	command.AddChoice(cmd, &l.format, "output", "o", "output `FORMAT`")
	cmd.ValidArgsFunction = k.CompleteTarget(command.PodKinds...)
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the debug containers of the namespace", CommandLine: "kx debug ls"},
			{Purpose: "List those of one pod", CommandLine: "kx debug ls distroless"},
			{Purpose: "List those of all namespaces as JSON",
				CommandLine: "kx debug ls -A -l app=distroless -o json"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx debug, kx debug stop; docs/kx.md"},
		Background: `kx lists the ephemeral containers of a pod, or of all pods of the namespace.
ADDED-BY is the field manager that added the container, such as kx or kubectl. AGE is the time since
the container started. For a container that has not started, AGE is the time since the manager's
last write to the pod's ephemeral containers. The exit status is 0 without any container too. A pod
named ls is debugged as pod/ls. kx needs the verb get for a named pod, and list otherwise.`,
	})
	return cmd
}

func (l *debugListCommand) run(ctx context.Context, args []string) error {
	name := ""
	if len(args) > 0 {
		var err error
		if name, err = command.PodName("debug ls", args); err != nil {
			return err
		}
		if l.allNamespaces || l.list.LabelSelector != "" {
			return command.Usagef("a pod's name excludes --all-namespaces and --selector")
		}
	}
	client, err := l.Connect()
	if err != nil {
		return err
	}
	var opts []resources.APIOption
	if l.allNamespaces {
		opts = append(opts, resources.AllNamespaces())
	}
	api := resources.New[resources.Pod](client, opts...)
	all := []*debug.EphemeralContainer{} // an empty list, not null
	if name != "" {
		var pod *resources.PodOutline
		if pod, err = resources.As[resources.PodOutline](api).Get(ctx, name); err == nil {
			all = append(all, debug.EphemeralContainersOf(pod)...)
		}
	} else {
		debug.List(ctx, api, l.list)(func(c *debug.EphemeralContainer, failed error) bool {
			all, err = append(all, c), failed
			return true
		})
	}
	switch {
	case err != nil:
		return err
	case l.format.Value != "":
		return printer.WriteDocument(l.Out, l.format.Value, all)
	case len(all) == 0:
		fmt.Fprintln(l.Err, "No debug containers found")
		return nil
	}
	return l.table(all)
}

func (l *debugListCommand) table(all []*debug.EphemeralContainer) error {
	var rows [][]string
	add := func(namespace string, cells ...string) {
		if l.allNamespaces {
			cells = append([]string{namespace}, cells...)
		}
		rows = append(rows, cells)
	}
	if !l.noHeaders {
		add("NAMESPACE", "POD", "CONTAINER", "STATE", "AGE", "IMAGE", "TARGET", "ADDED-BY")
	}
	for _, c := range all {
		since := c.Started
		if !since.IsSet() {
			since = c.Added
		}
		old := "<unknown>"
		if at, err := since.Time(); err == nil && !at.IsZero() {
			old = printer.Age(time.Since(at))
		}
		add(c.Namespace, c.Pod, c.Name, stateOf(c), old, c.Image,
			cmp.Or(c.Target, "<none>"), cmp.Or(c.AddedBy, "<unknown>"))
	}
	return printer.WriteTable(l.Out, rows)
}

// stateOf returns the state of a container, such as "exited 1 (Error)".
func stateOf(c *debug.EphemeralContainer) string {
	switch {
	case c.State == debug.StateExited:
		return printer.Printable(fmt.Sprintf("%s %d (%s)", c.State, *c.ExitCode, c.Reason))
	case c.Reason != "":
		return printer.Printable(c.State + ": " + c.Reason)
	}
	return c.State
}
