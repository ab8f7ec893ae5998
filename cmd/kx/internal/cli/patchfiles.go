package cli

import (
	"context"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/subresource"
)

// runFiles patches the objects of files. Without a patch, each object is one to apply.
func (p *patchCommand) runFiles(ctx context.Context) error {
	out := p.Printer(p.Out)
	var write *command.WriteFlags
	isApply := p.typ.Value == string(patch.TypeApply)
	if isApply {
		write = &p.WriteFlags
	}
	return command.EachManifest(ctx, p.Invocation, &p.files, write, func(
		m *command.Manifest) error {
		var err error
		switch {
		case m.Name == "":
			err = command.ErrNoName
		case isApply:
			err = p.applyManifest(ctx, out, m)
		default:
			err = p.patchOne(ctx, out, selection{kind: m.Kind, api: m.API}, m.Name)
		}
		if err != nil {
			return m.Wrap(err)
		}
		return nil
	})
}

func (p *patchCommand) applyManifest(ctx context.Context, out printer.Printer,
	m *command.Manifest) (err error) {
	if p.patch, err = patch.Parse(patch.TypeApply, m.JSON); err != nil {
		return &command.ObjectError{Err: err}
	}
	var e subresource.DynamicEndpoint = m.API
	if p.subresource != "" {
		if e, err = subresource.Dispatch(m.API, p.subresource); err != nil {
			return err
		}
	}
	object, err := p.apply(ctx, e, m.Name, nil)
	if err != nil {
		return err
	}
	return p.Report(p.Invocation, out, m.Kind, m.Name, "serverside-applied", object)
}
