package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

type debugListCommand struct {
	*kx
	list          resources.ListOptions
	allNamespaces bool
	noHeaders     bool
	format        choice
}

func newDebugList(k *kx) *cobra.Command {
	l := &debugListCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "ls [POD | -l SELECTOR] [-A] [-o json|yaml]",
		Short: "List debug containers",
		Long: `ls lists the ephemeral containers of a pod, or of all pods of the namespace, with what they do and who added them: a field manager, such as kx or kubectl.
AGE is how long ago the container started; of one that has not, how long ago the manager wrote to the pod's ephemeral containers last.
It takes the verb get for pods when a pod is named, and list otherwise. A pod called ls is debugged as pod/ls.

` + exitStatus + `
It is 0 too where there are none.`,
		Example: `  kx debug ls
  kx debug ls distroless
  kx debug ls -A -l app=distroless -o json`,
		RunE: func(cmd *cobra.Command, args []string) error { return l.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVarP(&l.list.LabelSelector, "selector", "l", "", "only those of pods whose labels match the `SELECTOR`, such as app=web,tier!=front")
	f.BoolVarP(&l.allNamespaces, "all-namespaces", "A", false, "list those of all namespaces, whatever --namespace says")
	f.BoolVar(&l.noHeaders, "no-headers", false, "leave out the first line of the table")
	l.format = oneOf("", formatJSON, formatYAML)
	addChoice(cmd, &l.format, "output", "o", "the form of the output")
	cmd.ValidArgsFunction = k.completePods
	return cmd
}

func (l *debugListCommand) run(ctx context.Context, args []string) error {
	name := ""
	if len(args) > 0 {
		var err error
		if name, err = podName("debug ls", args); err != nil {
			return err
		}
		if l.allNamespaces || l.list.LabelSelector != "" {
			return usagef("a pod's name goes neither with --all-namespaces nor with --selector")
		}
	}
	client, err := l.connect()
	if err != nil {
		return err
	}
	var opts []resources.APIOption
	if l.allNamespaces {
		opts = append(opts, resources.AllNamespaces())
	}
	api := resources.New[resources.Pod](client, opts...)
	all := []*debug.Container{} // an empty list is no null
	if name != "" {
		var pod *resources.PodOutline
		if pod, err = resources.As[resources.PodOutline](api).Get(ctx, name); err == nil {
			all = append(all, debug.Containers(pod)...)
		}
	} else {
		debug.List(ctx, api, l.list)(func(c *debug.Container, failed error) bool {
			all, err = append(all, c), failed
			return true
		})
	}
	switch {
	case err != nil:
		return err
	case l.format.value != "":
		return writeDocument(l.out, l.format.value, all)
	case len(all) == 0:
		fmt.Fprintln(l.err, "No debug containers found")
		return nil
	}
	return l.table(all)
}

func (l *debugListCommand) table(all []*debug.Container) error {
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
			old = age(time.Since(at))
		}
		add(c.Namespace, c.Pod, c.Name, stateOf(c), old, printable(c.Image), cmp.Or(c.Target, "<none>"), printable(cmp.Or(c.AddedBy, "<unknown>")))
	}
	return writeTable(l.out, rows)
}

// stateOf gives the state of a container in few words.
func stateOf(c *debug.Container) string {
	switch {
	case c.State == debug.StateExited:
		return printable(fmt.Sprintf("%s %d (%s)", c.State, *c.ExitCode, c.Reason))
	case c.Reason != "":
		return printable(c.State + ": " + c.Reason)
	}
	return c.State
}
