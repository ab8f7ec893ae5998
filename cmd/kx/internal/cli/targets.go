package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// target is what the arguments name: objects of one kind, or all of them when there are no names.
type target struct {
	kind  string
	names []string
}

// parseTargets reads KIND[,KIND…] [NAME…] or KIND/NAME….
func parseTargets(args []string) ([]target, error) {
	if len(args) == 0 {
		return nil, usagef("no kind of resource is given, such as pods")
	}
	var targets []target
	if strings.Contains(args[0], "/") {
		for _, arg := range args {
			kind, name, err := splitName(arg)
			if err != nil {
				return nil, err
			}
			if kind == "" {
				return nil, usagef("%q comes without its kind: name all objects as KIND/NAME, or all as KIND NAME", arg)
			}
			i := slices.IndexFunc(targets, func(t target) bool { return t.kind == kind })
			if i < 0 {
				i = len(targets)
				targets = append(targets, target{kind: kind})
			}
			targets[i].names = append(targets[i].names, name)
		}
		return targets, nil
	}
	for kind := range strings.SplitSeq(args[0], ",") {
		if kind == "" {
			return nil, usagef("%q holds an empty kind", args[0])
		}
		t := target{kind: kind}
		for _, arg := range args[1:] {
			of, name, err := splitName(arg)
			if err != nil {
				return nil, err
			}
			if of != "" && !sameKind(of, kind) {
				return nil, usagef("%q is not of kind %s: leave the kind before it out", arg, kind)
			}
			t.names = append(t.names, name)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// splitName reads NAME or KIND/NAME.
func splitName(arg string) (kind, name string, err error) {
	kind, name, qualified := strings.Cut(arg, "/")
	if !qualified {
		kind, name = "", arg
	}
	if name == "" || qualified && kind == "" || strings.Contains(name, "/") {
		return "", "", usagef("%q is neither NAME nor KIND/NAME", arg)
	}
	return kind, name, nil
}

// sameKind holds for two names of one kind, such as pod and pods.
func sameKind(a, b string) bool {
	ka, aKnown := resources.Lookup(a)
	kb, bKnown := resources.Lookup(b)
	return strings.EqualFold(a, b) || aKnown && bKnown && ka == kb
}

// selection is a target whose kind has been found.
type selection struct {
	kind  resources.Kind
	api   *resources.API[resources.Object]
	names []string
}

// find asks the server about kinds that kx does not know by itself.
func find(ctx context.Context, client *transport.Client, targets []target, opts ...resources.APIOption) ([]selection, error) {
	var found []selection
	for _, t := range targets {
		kind, err := resources.Discover(ctx, client, t.kind)
		if err != nil {
			return nil, err
		}
		found = append(found, selection{kind, resources.ForKind(client, kind, opts...), t.names})
	}
	return found, nil
}

// named is parseTargets for commands that change objects, which must be named.
func named(args []string) ([]target, error) {
	targets, err := parseTargets(args)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		if len(t.names) == 0 {
			return nil, usagef("no name is given: name an object as KIND NAME or KIND/NAME")
		}
	}
	return targets, nil
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}
