package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
)

func newCompletion(k *kx) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that completes kx's commands in a shell",
		Long: `completion prints a script for a shell that completes commands, flags, kinds, and the names of objects and contexts.
Put its output where the shell looks for such scripts, or load it in the shell's start-up file as in the examples.

` + exitStatus,
		Example: `  source <(kx completion bash)
  kx completion zsh > "${fpath[1]}/_kx"
  kx completion fish | source
  kx completion powershell | Out-String | Invoke-Expression`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("give the name of one shell: %s", list(shells, "or"))
			}
			return nil
		},
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(k.out, true)
			case "zsh":
				return root.GenZshCompletion(k.out)
			case "fish":
				return root.GenFishCompletion(k.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(k.out)
			}
			return usagef("there is no completion for %q: give one of %s", args[0], list(shells, "and"))
		},
	}
}

// kinds and subresources are offered for completion; every other kind works as well.
var (
	kinds        = []string{"daemonsets", "deployments", "events", "jobs", "namespaces", "nodes", "pods", "replicasets", "statefulsets"}
	subresources = []string{"ephemeralcontainers", "scale", "status"}
)

// completionLimit bounds what a keystroke may take.
const completionLimit = 3 * time.Second

// completeWith offers words for a flag.
func completeWith(cmd *cobra.Command, flag string, words []string) {
	mustRegister(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)))
}

// mustRegister panics for a flag that there is not, which the first test finds.
func mustRegister(err error) {
	if err != nil {
		panic(err)
	}
}

// completeContexts offers the names of contexts.
func (c *connectionFlags) completeContexts(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.ofContexts(func(context *kubeconfig.Context) string { return context.Name })
}

// completeClusters offers the names of the clusters that contexts lead to.
func (c *connectionFlags) completeClusters(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.ofContexts(func(context *kubeconfig.Context) string { return context.Cluster })
}

// completeUsers offers the names of the users of contexts.
func (c *connectionFlags) completeUsers(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.ofContexts(func(context *kubeconfig.Context) string { return context.User })
}

// ofContexts gives something of each context, once.
func (c *connectionFlags) ofContexts(name func(*kubeconfig.Context) string) (names []string, _ cobra.ShellCompDirective) {
	if files, err := kubeconfig.Read(c.Path); err == nil {
		for i := range files.Contexts {
			n := name(&files.Contexts[i])
			if n != "" && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeObjects offers kinds for the first argument and names of their objects for those after it.
func (k *kx) completeObjects(cmd *cobra.Command, args []string, word string) (names []string, _ cobra.ShellCompDirective) {
	kind, _, qualified := strings.Cut(word, "/")
	switch {
	case qualified:
		names = k.objectNames(cmd.Context(), kind, kind+"/")
	case len(args) == 0:
		names = kinds
	case !strings.Contains(args[0], "/"):
		names = k.objectNames(cmd.Context(), args[0], "")
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completePods offers names of pods for the one argument.
func (k *kx) completePods(cmd *cobra.Command, args []string, word string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) == 0 {
		prefix := ""
		kind, _, qualified := strings.Cut(word, "/")
		if qualified {
			prefix = kind + "/"
		}
		names = k.objectNames(cmd.Context(), "pods", prefix)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// objectNames gives what there is of a kind, or nothing when that cannot be found out in time.
func (k *kx) objectNames(ctx context.Context, kind, prefix string) []string {
	ctx, cancel := context.WithTimeout(ctx, completionLimit)
	defer cancel()
	client, err := k.connect()
	if err != nil {
		return nil
	}
	found, err := resources.Discover(ctx, client, kind)
	if err != nil {
		return nil
	}
	var names []string
	for object, err := range resources.ForKind(client, found).AllMetadata(ctx, resources.ListOptions{}) {
		if err != nil {
			return nil
		}
		names = append(names, prefix+object.Metadata.Name)
	}
	return names
}
