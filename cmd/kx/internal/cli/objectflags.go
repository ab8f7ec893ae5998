package cli

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// objectFlags choose the objects that a command works on: those of files, the named ones, those
// that match selectors, or all of a kind.
type objectFlags struct {
	files              command.FileFlags
	list               resources.ListOptions
	all, allNamespaces bool
}

func (o *objectFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	o.files.Register(cmd)
	command.RegisterSelectors(cmd, &o.list)
	f.BoolVar(&o.all, "all", false, "all objects of the kinds, in the namespace")
	f.BoolVarP(&o.allNamespaces, "all-namespaces", "A", false,
		"with a selector or --all: in all namespaces")
}

// lists reports whether the objects are those of a list, and not named ones.
func (o *objectFlags) lists() bool {
	return o.all || o.list.LabelSelector != "" || o.list.FieldSelector != ""
}

// object is one object that a command works on.
type object struct {
	kind resources.Kind
	api  *resources.API[resources.Object]
	name string
	// uid is empty if the object was not read.
	namespace, uid string
}

// choice is what the flags and the arguments of a command choose.
type choice struct {
	// objects are the named objects, those of files, or the listed ones.
	objects []object
	// selected are the lists that the objects come from. They are nil for named objects.
	selected []selection
	// failed are the errors of objects of files whose kind or name is missing.
	failed command.Failures
}

// choose returns the objects that the flags and args choose.
func (o *objectFlags) choose(ctx context.Context, k *command.Invocation,
	args []string) (*choice, error) {
	if len(o.files.Names) > 0 {
		return o.ofFiles(ctx, k, args)
	}
	targets, err := o.targets(args)
	if err != nil {
		return nil, err
	}
	client, err := k.Connect()
	if err != nil {
		return nil, err
	}
	var opts []resources.APIOption
	if o.allNamespaces {
		opts = append(opts, resources.AllNamespaces())
	}
	selected, err := discoverTargets(ctx, client, targets, opts...)
	if err != nil {
		return nil, err
	}
	chosen := &choice{}
	if o.lists() {
		chosen.selected = selected
		return chosen, chosen.list(ctx, client, o.list)
	}
	for _, s := range selected {
		for _, name := range s.names {
			chosen.objects = append(chosen.objects, object{kind: s.kind, api: s.api, name: name,
				namespace: client.Namespace()})
		}
	}
	return chosen, nil
}

// targets reads the arguments and checks them against the flags.
func (o *objectFlags) targets(args []string) ([]target, error) {
	targets, err := parseTargets(args)
	if err != nil {
		return nil, err
	}
	for _, t := range targets {
		switch {
		case len(t.names) > 0 && o.lists():
			return nil, command.Usagef("a name excludes selectors and --all")
		case len(t.names) > 0 && o.allNamespaces:
			return nil, command.Usagef("a name and --all-namespaces exclude each other")
		case len(t.names) == 0 && !o.lists():
			return nil, command.Usagef(
				"no name is given: give KIND NAME, KIND/NAME, -l SELECTOR or --all")
		}
	}
	return targets, nil
}

// ofFiles returns the objects that the files name.
func (o *objectFlags) ofFiles(ctx context.Context, k *command.Invocation,
	args []string) (*choice, error) {
	switch {
	case len(args) > 0:
		return nil, command.Usagef("give the objects by -f or by their names, not both")
	case o.lists() || o.allNamespaces:
		return nil, command.Usagef("-f excludes selectors, --all and --all-namespaces")
	}
	chosen := &choice{}
	err := command.EachManifest(ctx, k, &o.files, nil, func(m *command.Manifest) error {
		if m.Name == "" {
			return m.Wrap(command.ErrNoName)
		}
		chosen.objects = append(chosen.objects, object{kind: m.Kind, api: m.API, name: m.Name,
			namespace: cmp.Or(m.Namespace, m.API.Client().Namespace())})
		return nil
	})
	return chosen, chosen.failed.AddAll(err)
}

// list reads the objects of the lists.
func (c *choice) list(ctx context.Context, client *transport.Client,
	options resources.ListOptions) error {
	for _, s := range c.selected {
		for found, err := range s.api.AllMetadata(ctx, options) {
			if err != nil {
				return err
			}
			c.objects = append(c.objects, listed(client, s.kind, found))
		}
	}
	return nil
}

// listed returns an object of a list, with an API of its own namespace.
func listed(client *transport.Client, kind resources.Kind,
	found *resources.PartialObjectMetadata) object {
	m := &found.Metadata
	return object{kind: kind, name: m.Name, namespace: m.Namespace, uid: m.UID,
		api: resources.ForKind(client, kind, resources.InNamespace(m.Namespace))}
}
