package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/kubeconfig"
)

func newConfig(k *command.Invocation) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "config",
		Short: "Print the kubeconfig files and choose a context",
	})
	cmd.AddCommand(newConfigView(k), newConfigCurrentContext(k), newConfigGetContexts(k),
		newConfigUseContext(k))
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the contexts", CommandLine: "kx config get-contexts"},
			{Purpose: "Choose one", CommandLine: "kx config use-context kx-admin"},
			{Purpose: "Print the merged kubeconfig", CommandLine: "kx config view"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"docs/kx.md, docs/kubeconfig.md"},
		Background: `These commands read the kubeconfig files, merged as every command sees them.
They ask no server.`,
	})
	return cmd
}

var errNoCurrentContext = errors.New(
	"current-context is not set: choose one with kx config use-context NAME")

func newConfigCurrentContext(k *command.Invocation) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "current-context",
		Short: "Print the name of the current context",
		Args:  command.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			files, err := command.Files(k)
			if err != nil {
				return err
			}
			if files.CurrentContext == "" {
				return errNoCurrentContext
			}
			return printer.WriteName(k.Out, files.CurrentContext)
		},
	}
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Print the name", CommandLine: "kx config current-context"},
			{Purpose: "Use it in a script",
				CommandLine: `kx get pods --context "$(kx config current-context)"`},
			{Purpose: "Print that of another file",
				CommandLine: "kx config current-context --kubeconfig standalone.kubeconfig"},
		},
		ExitStatus: command.DefaultExitStatus(command.Row{Name: "1", Text: "no context is set"}),
		SeeAlso:    []string{"kx config use-context; docs/kubeconfig.md"},
		Background: `Commands use the current context unless --context names another.`,
	})
	return cmd
}

func newConfigGetContexts(k *command.Invocation) *cobra.Command {
	g := &getContextsCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:               "get-contexts [NAME…]",
		Short:             "List the contexts",
		RunE:              func(_ *cobra.Command, names []string) error { return g.run(names) },
		ValidArgsFunction: k.Connection.CompleteContexts,
	}
	g.format = command.NewChoice("", printer.FormatName)
	command.AddChoice(cmd, &g.format, "output", "o", "output `FORMAT`")
	cmd.Flags().BoolVar(&g.noHeaders, "no-headers", false, "print no headings of the table")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the contexts, and mark the current one",
				CommandLine: "kx config get-contexts"},
			{Purpose: "Print one", CommandLine: "kx config get-contexts kx-admin"},
			{Purpose: "Print only the names", CommandLine: "kx config get-contexts -o name"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx config use-context; docs/kubeconfig.md"},
		Background: `kx lists all contexts, or those that are named. A star marks the current
context.`,
	})
	return cmd
}

type getContextsCommand struct {
	*command.Invocation
	format    command.Choice
	noHeaders bool
}

func (g *getContextsCommand) run(names []string) error {
	files, err := command.Files(g.Invocation)
	if err != nil {
		return err
	}
	contexts, err := selectContexts(files, names)
	if err != nil {
		return err
	}
	if g.format.Value == printer.FormatName {
		for _, c := range contexts {
			if err := printer.WriteName(g.Out, c.Name); err != nil {
				return err
			}
		}
		return nil
	}
	var rows [][]string
	if !g.noHeaders {
		rows = append(rows, []string{"CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"})
	}
	for _, c := range contexts {
		mark := ""
		if c.Name == files.CurrentContext {
			mark = "*"
		}
		rows = append(rows, []string{mark, c.Name, c.Cluster, c.User, c.Namespace})
	}
	return printer.WriteTable(g.Out, rows)
}

// selectContexts returns the contexts with these names, or all contexts without names.
func selectContexts(files *kubeconfig.Files, names []string) ([]kubeconfig.Context, error) {
	if len(names) == 0 {
		return files.Contexts, nil
	}
	var selected []kubeconfig.Context
	for _, name := range names {
		found := false
		for _, c := range files.Contexts {
			if c.Name == name {
				selected, found = append(selected, c), true
			}
		}
		if !found {
			missing := &kubeconfig.NotFoundError{Kind: "context", Name: name, Files: files.Paths}
			for _, c := range files.Contexts {
				missing.Known = append(missing.Known, c.Name)
			}
			return nil, missing
		}
	}
	return selected, nil
}

func newConfigUseContext(k *command.Invocation) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "use-context NAME",
		Short: "Choose the current context",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return command.Usagef("give the name of one context")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := command.Files(k)
			if err != nil {
				return err
			}
			if err := files.UseContext(args[0]); err != nil {
				return err
			}
			return command.PrintDone(k, "Switched to context %q.", args[0])
		},
		ValidArgsFunction: k.Connection.CompleteContexts,
	}
	command.RegisterQuiet(k, cmd, "print only errors")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "List the contexts", CommandLine: "kx config get-contexts"},
			{Purpose: "Choose one", CommandLine: "kx config use-context kx-admin"},
			{Purpose: "Use another one once", CommandLine: "kx get pods --context kx-admin"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx config get-contexts; docs/kubeconfig.md"},
		Background: `kx sets the current context, which commands use unless --context names another.
Nothing else in the file changes.`,
	})
	return cmd
}
