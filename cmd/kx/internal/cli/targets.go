package cli

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// target is a kind and the names of objects. Without names it is all objects of the kind.
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
				return nil, command.Usagef("%q has no kind: give KIND/NAME… or KIND NAME…", arg)
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
				return nil, command.Usagef("%q is not of kind %s: leave out its kind", arg, kind)
			}
			t.names = append(t.names, name)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// selection is a target of a known kind.
type selection struct {
	kind  resources.Kind
	api   *resources.API[resources.Object]
	names []string
	// namespace is that of objects of a file.
	namespace string

	// word is the name of a kind that the server was not asked for; empty for other kinds.
	word      string
	discovery *resources.Discovery
	options   []resources.APIOption
}

// discoverTargets finds the kinds of targets. It asks the server for kinds without a model.
func discoverTargets(ctx context.Context, client *transport.Client, targets []target,
	opts ...resources.APIOption) ([]selection, error) {
	return findTargets(ctx, client, targets, resources.Lookup, opts)
}

// assumeTargets is discoverTargets for a caller that reads with served: it does not ask the server
// for any built-in kind.
func assumeTargets(ctx context.Context, client *transport.Client, targets []target,
	opts ...resources.APIOption) ([]selection, error) {
	return findTargets(ctx, client, targets, resources.BuiltIn, opts)
}

// findTargets finds the kinds of targets by lookup, or else by discovery.
func findTargets(ctx context.Context, client *transport.Client, targets []target,
	lookup func(string) (resources.Kind, bool), opts []resources.APIOption) ([]selection, error) {
	var found []selection
	discovery := resources.NewDiscovery(client)
	for _, t := range targets {
		s := selection{names: t.names, discovery: discovery, options: opts}
		kind, known := lookup(t.kind)
		kinds := []resources.Kind{kind}
		if known {
			s.word = t.kind
		} else {
			var err error
			if kinds, err = t.discover(ctx, discovery); err != nil {
				return nil, err
			}
		}
		for _, s.kind = range kinds {
			s.api = resources.ForKind(client, s.kind, opts...)
			found = append(found, s)
		}
	}
	return found, nil
}

// served calls read, which reads from s.api. If the server has no path of the assumed kind, served
// sets the kind that discovery finds, and calls read again.
func (s *selection) served(ctx context.Context, read func() error) error {
	err := read()
	var status *transport.StatusError
	missing := errors.As(err, &status) && status.NoStatus && status.Code == http.StatusNotFound
	if s.word == "" || !missing {
		return err
	}
	found, findErr := s.discovery.Find(ctx, s.word)
	if findErr != nil {
		return findErr
	}
	if found.Kind == s.kind {
		return err
	}
	s.kind, s.word = found.Kind, ""
	s.api = resources.ForKind(s.api.Client(), s.kind, s.options...)
	return read()
}

// discover asks the server for the kind of t. For a category they are the kinds that can be listed.
func (t target) discover(ctx context.Context, discovery *resources.Discovery) ([]resources.Kind,
	error) {
	if len(t.names) > 0 {
		found, err := discovery.Find(ctx, t.kind)
		return []resources.Kind{found.Kind}, err
	}
	found, err := discovery.FindAll(ctx, t.kind)
	if len(found) == 1 {
		return []resources.Kind{found[0].Kind}, err
	}
	var kinds []resources.Kind
	for _, r := range found {
		if slices.Contains(r.Verbs, "list") {
			kinds = append(kinds, r.Kind)
		}
	}
	return kinds, err
}

// parseNamedTargets is parseTargets for commands that need the names of objects.
func parseNamedTargets(args []string) ([]target, error) {
	targets, err := parseTargets(args)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		if len(t.names) == 0 {
			return nil, command.Usagef("no name is given: give KIND NAME or KIND/NAME")
		}
	}
	return targets, nil
}
