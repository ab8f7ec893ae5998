package command

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// Kinds are offered if the server does not list its kinds in time.
var Kinds = []string{"daemonsets", "deployments", "events", "jobs", "namespaces", "nodes",
	"pods", "replicasets", "statefulsets"}

// The kinds that CompleteTarget offers with a slash.
var (
	PodKinds      = []string{"pod"}
	WorkloadKinds = []string{"pod", "deployment", "statefulset", "daemonset", "replicaset", "job",
		"service"}
)

// CompleteTarget returns a completion of the only argument: a pod, or KIND/NAME for one of kinds.
// Without kinds it accepts each kind.
func (k *Invocation) CompleteTarget(kinds ...string) cobra.CompletionFunc {
	return (&targetCompletion{k, kinds}).complete
}

// targetCompletion and nameFinder are no closures: the compiler would copy those into each caller.
type targetCompletion struct {
	k     *Invocation
	kinds []string
}

func (t *targetCompletion) complete(cmd *cobra.Command, args []string, word string) ([]string,
	cobra.ShellCompDirective) {
	kind, _, qualified := strings.Cut(word, "/")
	accepted := t.kinds == nil
	for _, other := range t.kinds {
		accepted = accepted || SameKind(kind, other)
	}
	var words []string
	switch {
	case len(args) > 0, qualified && !accepted:
	case qualified:
		words = t.k.ObjectNames(cmd.Context(), kind, kind+"/")
	default:
		words = t.k.ObjectNames(cmd.Context(), "pods", "")
		if word != "" {
			for _, kind := range t.kinds {
				words = append(words, kind+"/")
			}
		}
	}
	return Offer(words, nil, word)
}

// CompleteObjects offers kinds for the first argument, and names of objects for those after it.
func (k *Invocation) CompleteObjects(cmd *cobra.Command, args []string,
	word string) ([]string, cobra.ShellCompDirective) {
	var words []string
	kind, _, qualified := strings.Cut(word, "/")
	switch {
	case qualified:
		words = k.ObjectNames(cmd.Context(), kind, kind+"/")
	case len(args) == 0:
		words = k.kindNames(cmd.Context(), word)
	case !strings.Contains(args[0], "/"):
		words = k.ObjectNames(cmd.Context(), args[0], "")
	}
	return Offer(words, args, word)
}

// CompleteNamesOf returns a completion that offers the names of a kind's objects.
func (k *Invocation) CompleteNamesOf(kind string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, word string) ([]string,
		cobra.ShellCompDirective) {
		return Offer(k.ObjectNames(cmd.Context(), kind, ""), nil, word)
	}
}

// ObjectNames returns the names of a kind's objects after prefix, or nil like Ask.
func (k *Invocation) ObjectNames(ctx context.Context, kind, prefix string) []string {
	return Ask(ctx, k, (&nameFinder{kind, prefix}).find)
}

type nameFinder struct{ kind, prefix string }

func (f *nameFinder) find(ctx context.Context, client *transport.Client) ([]string, error) {
	kind, err := resources.Discover(ctx, client, f.kind)
	if err != nil {
		return nil, err
	}
	var names []string
	for name, err := range resources.ForKind(client, kind).AllNames(ctx, resources.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if isPlainWord(name) {
			names = append(names, f.prefix+name)
		}
	}
	return names, nil
}

// kindNames returns the kinds that the server lists, each with its short names as a description.
// Once the user has typed a letter it returns the short names too. typed may be a list with commas.
func (k *Invocation) kindNames(ctx context.Context, typed string) []string {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	words := Ask(ctx, k, func(ctx context.Context, client *transport.Client) ([]string, error) {
		kinds, err := resources.NewDiscovery(client).All(ctx)
		var words []string
		seen := map[string]bool{}
		for i := range kinds {
			kind := &kinds[i]
			name := kind.Kind.Resource
			if seen[name] {
				name = kind.Kind.String()
			}
			seen[name] = true
			if !slices.Contains(kind.Verbs, "list") {
				continue
			}
			words = append(words, name+"\t"+strings.Join(kind.ShortNames, ","))
			if typed != before {
				words = append(words, kind.ShortNames...)
			}
		}
		return words, err
	})
	if words == nil {
		words = slices.Clone(Kinds)
	}
	for i := range words {
		words[i] = before + words[i]
	}
	return words
}

// CompleteContainers offers the containers of the pod that the first argument names.
func (k *Invocation) CompleteContainers(cmd *cobra.Command, args []string,
	word string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return Offer(Ask(cmd.Context(), k, func(ctx context.Context,
		client *transport.Client) ([]string, error) {
		target, err := ParsePodTarget("", args[:1])
		if err != nil {
			return nil, err
		}
		pod, err := target.Find(ctx, client, func(string, ...any) {})
		if err != nil {
			return nil, err
		}
		var names []string
		for _, c := range containersOf(pod) {
			names = append(names, c.Name)
		}
		return names, nil
	}), nil, word)
}
