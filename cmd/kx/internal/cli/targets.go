package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
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
		return nil, command.Usagef("no kind of resource is given, such as pods")
	}
	var targets []target
	if strings.Contains(args[0], "/") {
		for _, arg := range args {
			kind, name, err := command.SplitName(arg)
			if err != nil {
				return nil, err
			}
			if kind == "" {
				return nil, command.Usagef("%q comes without its kind: name all objects as KIND/NAME, or all as KIND NAME", arg)
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
			return nil, command.Usagef("%q holds an empty kind", args[0])
		}
		t := target{kind: kind}
		for _, arg := range args[1:] {
			of, name, err := command.SplitName(arg)
			if err != nil {
				return nil, err
			}
			if of != "" && !command.SameKind(of, kind) {
				return nil, command.Usagef("%q is not of kind %s: leave the kind before it out", arg, kind)
			}
			t.names = append(t.names, name)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// selection is a target whose kind has been found.
type selection struct {
	kind  resources.Kind
	api   *resources.API[resources.Object]
	names []string
}

// find asks the server about kinds that kx does not know by itself.
func discoverTargets(ctx context.Context, client *transport.Client, targets []target, opts ...resources.APIOption) ([]selection, error) {
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
func parseNamedTargets(args []string) ([]target, error) {
	targets, err := parseTargets(args)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		if len(t.names) == 0 {
			return nil, command.Usagef("no name is given: name an object as KIND NAME or KIND/NAME")
		}
	}
	return targets, nil
}
