package cli

import (
	"context"
	"errors"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// print writes each object as it arrives. A single named object stands alone, others are the
// items of a List.
func (g *getCommand) print(ctx context.Context, p printer.Printer, selected []selection) error {
	single := len(selected) == 1 && len(selected[0].names) == 1
	if !single {
		if err := p.OpenList(); err != nil {
			return err
		}
	}
	var failed command.Failures
	for _, s := range selected {
		if err := g.printSelection(ctx, p, s, &failed); err != nil {
			return err
		}
	}
	if !single {
		if err := p.CloseList(); err != nil {
			return err
		}
	}
	return failed.Err()
}

func (g *getCommand) printSelection(ctx context.Context, p printer.Printer, s selection,
	failed *command.Failures) error {
	for _, name := range s.names {
		var object *resources.Object
		err := s.served(ctx, func() (err error) {
			object, err = g.object(ctx, s, name)
			return err
		})
		if g.ignores(err) {
			continue
		}
		if err != nil {
			if !failed.Add(err) {
				return *failed
			}
			continue
		}
		if err := p.Print(s.kind, name, object); err != nil {
			return err
		}
	}
	if len(s.names) > 0 {
		return nil
	}
	err := s.served(ctx, func() error { return g.printList(ctx, p, s) })
	if err != nil && !failed.Add(err) {
		return *failed
	}
	return nil
}

func (g *getCommand) printList(ctx context.Context, p printer.Printer, s selection) error {
	if g.Format.Value == printer.FormatName && g.sortBy == nil {
		for name, err := range s.api.AllNames(ctx, g.list) {
			if err != nil {
				return err
			}
			if err := p.Print(s.kind, name, nil); err != nil {
				return err
			}
		}
		return nil
	}
	for object, err := range s.api.All(ctx, g.list, resources.Prefetch()) {
		if err != nil {
			return err
		}
		if err := p.Print(s.kind, object.Metadata.Name, object); err != nil {
			return err
		}
	}
	return nil
}

func (g *getCommand) object(ctx context.Context, s selection, name string) (*resources.Object,
	error) {
	if g.subresource == "" {
		return s.api.Get(ctx, name)
	}
	endpoint, err := subresource.Dispatch(s.api, g.subresource)
	if err != nil {
		return nil, err
	}
	return endpoint.Get(ctx, name)
}

// ignores reports whether --ignore-not-found hides err.
func (g *getCommand) ignores(err error) bool {
	return g.ignoreNotFound && errors.Is(err, transport.ErrNotFound)
}
