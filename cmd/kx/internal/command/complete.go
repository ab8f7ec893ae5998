package command

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
)

// Kinds and Subresources are offered for completion. Every other kind works as well.
var (
	Kinds = []string{"daemonsets", "deployments", "events", "jobs", "namespaces", "nodes",
		"pods", "replicasets", "statefulsets"}
	Subresources = []string{"ephemeralcontainers", "resize", "scale", "status"}
)

// completionLimit bounds the wait of a user who has pressed Tab.
const completionLimit = 3 * time.Second

// CompleteWith offers words for a flag.
func CompleteWith(cmd *cobra.Command, flag string, words []string) {
	MustRegister(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words,
		cobra.ShellCompDirectiveNoFileComp)))
}

// MustRegister panics when a completion names no flag. Every test that builds the command finds
// that.
func MustRegister(err error) {
	if err != nil {
		panic(err)
	}
}

// CompleteContexts offers the names of contexts.
func (c *Connection) CompleteContexts(*cobra.Command, []string, string) ([]string,
	cobra.ShellCompDirective) {
	return c.completeFromContexts(func(context *kubeconfig.Context) string { return context.Name })
}

// completeClusters offers the names of the clusters of contexts.
func (c *Connection) completeClusters(*cobra.Command, []string, string) ([]string,
	cobra.ShellCompDirective) {
	return c.completeFromContexts(func(context *kubeconfig.Context) string {
		return context.Cluster
	})
}

// completeUsers offers the names of the users of contexts.
func (c *Connection) completeUsers(*cobra.Command, []string, string) ([]string,
	cobra.ShellCompDirective) {
	return c.completeFromContexts(func(context *kubeconfig.Context) string { return context.User })
}

// completeFromContexts offers a field of each context, without repetitions.
func (c *Connection) completeFromContexts(name func(*kubeconfig.Context) string) (names []string,
	_ cobra.ShellCompDirective) {
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

// CompleteObjects offers kinds for the first argument, and names of objects for those after it.
func (k *Invocation) CompleteObjects(cmd *cobra.Command, args []string,
	word string) (names []string, _ cobra.ShellCompDirective) {
	kind, _, qualified := strings.Cut(word, "/")
	switch {
	case qualified:
		names = k.ObjectNames(cmd.Context(), kind, kind+"/")
	case len(args) == 0:
		names = Kinds
	case !strings.Contains(args[0], "/"):
		names = k.ObjectNames(cmd.Context(), args[0], "")
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// CompletePods offers names of pods for the only argument.
func (k *Invocation) CompletePods(cmd *cobra.Command, args []string, word string) (names []string,
	_ cobra.ShellCompDirective) {
	if len(args) == 0 {
		prefix := ""
		kind, _, qualified := strings.Cut(word, "/")
		if qualified {
			prefix = kind + "/"
		}
		names = k.ObjectNames(cmd.Context(), "pods", prefix)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// CompletePodTargets offers names of pods for the only argument, and of other objects after a kind
// with a slash.
func (k *Invocation) CompletePodTargets(cmd *cobra.Command, args []string,
	word string) ([]string, cobra.ShellCompDirective) {
	kind, _, qualified := strings.Cut(word, "/")
	if len(args) > 0 || !qualified {
		return k.CompletePods(cmd, args, word)
	}
	return k.ObjectNames(cmd.Context(), kind, kind+"/"), cobra.ShellCompDirectiveNoFileComp
}

// ObjectNames returns the names of a kind's objects. It returns nil after an error and when the
// server takes longer than completionLimit.
func (k *Invocation) ObjectNames(ctx context.Context, kind, prefix string) []string {
	ctx, cancel := context.WithTimeout(ctx, completionLimit)
	defer cancel()
	client, err := k.Connect()
	if err != nil {
		return nil
	}
	found, err := resources.Discover(ctx, client, kind)
	if err != nil {
		return nil
	}
	var names []string
	for object, err := range resources.ForKind(client, found).AllMetadata(ctx,
		resources.ListOptions{}) {
		if err != nil {
			return nil
		}
		names = append(names, prefix+object.Metadata.Name)
	}
	return names
}

// CompleteContainers offers the containers of the pod that the first argument names.
func (k *Invocation) CompleteContainers(cmd *cobra.Command, args []string,
	_ string) (names []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		names = k.containerNames(cmd.Context(), args[:1])
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (k *Invocation) containerNames(ctx context.Context, args []string) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, completionLimit)
	defer cancel()
	target, err := ParsePodTarget("", args)
	if err != nil {
		return nil
	}
	client, err := k.Connect()
	if err != nil {
		return nil
	}
	pod, err := target.Find(ctx, client, func(string, ...any) {})
	if err != nil {
		return nil
	}
	for _, c := range containersOf(pod) {
		names = append(names, c.Name)
	}
	return names
}
