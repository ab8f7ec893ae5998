package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/kubeconfig"
)

func newConfig(k *kx) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "config",
		Short: "Show and choose what the kubeconfig files hold",
		Long:  "config shows the kubeconfig files, merged as every command sees them, and chooses the current context. It asks no server.\n\n" + exitStatus,
		Example: `  kx config get-contexts
  kx config view`,
	})
	cmd.AddCommand(newConfigView(k), newConfigCurrentContext(k), newConfigGetContexts(k), newConfigUseContext(k))
	return cmd
}

// files reads the kubeconfig files and prints what is odd about them.
func (k *kx) files() (*kubeconfig.Files, error) {
	files, err := kubeconfig.Read(k.connection.Path)
	if err != nil {
		return nil, err
	}
	for _, text := range files.Warnings {
		k.warn(text)
	}
	return files, nil
}

var errNoCurrentContext = errors.New("current-context is not set: choose one with kx config use-context NAME")

func newConfigCurrentContext(k *kx) *cobra.Command {
	return &cobra.Command{
		Use:     "current-context",
		Short:   "Show the name of the current context",
		Long:    "current-context prints the name of the context that commands use unless --context names another.\n\n" + exitStatus,
		Example: "  kx config current-context",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			files, err := k.files()
			if err != nil {
				return err
			}
			if files.CurrentContext == "" {
				return errNoCurrentContext
			}
			_, err = fmt.Fprintln(k.out, files.CurrentContext)
			return err
		},
	}
}

func newConfigGetContexts(k *kx) *cobra.Command {
	var format choice
	noHeaders := false
	cmd := &cobra.Command{
		Use:   "get-contexts [NAME…]",
		Short: "List the contexts",
		Long:  "get-contexts lists the contexts, or those that are named, and marks the current one.\n\n" + exitStatus,
		Example: `  kx config get-contexts
  kx config get-contexts -o name`,
		RunE: func(_ *cobra.Command, names []string) error {
			files, err := k.files()
			if err != nil {
				return err
			}
			contexts, err := selectContexts(files, names)
			if err != nil {
				return err
			}
			if format.value == formatName {
				for _, c := range contexts {
					if _, err := fmt.Fprintln(k.out, c.Name); err != nil {
						return err
					}
				}
				return nil
			}
			var rows [][]string
			if !noHeaders {
				rows = append(rows, []string{"CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"})
			}
			for _, c := range contexts {
				mark := ""
				if c.Name == files.CurrentContext {
					mark = "*"
				}
				rows = append(rows, []string{mark, printable(c.Name), printable(c.Cluster), printable(c.User), printable(c.Namespace)})
			}
			return writeTable(k.out, rows)
		},
		ValidArgsFunction: k.connection.completeContexts,
	}
	format = oneOf("", formatName)
	addChoice(cmd, &format, "output", "o", "print the contexts' names only")
	cmd.Flags().BoolVar(&noHeaders, "no-headers", false, "leave out the first line of the table")
	return cmd
}

// selectContexts finds the contexts with these names, or all when there are none.
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

func newConfigUseContext(k *kx) *cobra.Command {
	return &cobra.Command{
		Use:     "use-context NAME",
		Short:   "Choose the current context",
		Long:    "use-context makes NAME the context that commands use unless --context names another. Nothing else in the file changes.\n\n" + exitStatus,
		Example: "  kx config use-context kx-admin",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("give the name of one context")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := k.files()
			if err != nil {
				return err
			}
			if err := files.UseContext(args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(k.out, "Switched to context %q.\n", args[0])
			return err
		},
		ValidArgsFunction: k.connection.completeContexts,
	}
}
