package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type patchCommand struct {
	*kx
	writeFlags
	typ         choice
	text, file  string
	subresource string
	force       bool

	patch patch.Patch
}

func newPatch(k *kx) *cobra.Command {
	p := &patchCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "patch KIND NAME (-p PATCH | --patch-file FILE)",
		Short: "Change fields of objects",
		Long: `patch changes fields of an object, by a patch in JSON or YAML of one of four types:

    strategic  merges lists by the keys that the API declares, such as a container's name; kinds of custom resources do not take it
    merge      replaces lists as a whole (RFC 7386)
    json       is a list of operations (RFC 6902)
    apply      is server-side apply: the fields that the field manager wants to have, with apiVersion and kind

Ephemeral containers are changed with --subresource ephemeralcontainers. There strategic always works; merge works while the pod has none,
and a json patch that adds at /spec/ephemeralContainers/- while it has some.

What a merge or json patch comes to, --dry-run=client can tell; of the other types only --dry-run=server can.

` + exitStatus,
		Example: `  kx patch pod shell -p '{"metadata": {"labels": {"team": "blue"}}}'
  kx patch pod/shell --type json -p '[{"op": "remove", "path": "/metadata/labels/team"}]'
  kx patch pod distroless --subresource ephemeralcontainers -p '
  spec:
    ephemeralContainers:
    - name: tools
      image: kx.local/busybox:1
      imagePullPolicy: Never
      command: [sleep, "60"]'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd.Context(), args, cmd.Flags().Changed("patch"))
		},
	}
	f := cmd.Flags()
	p.typ = oneOf(string(patch.TypeStrategic), string(patch.TypeMerge), string(patch.TypeJSON), string(patch.TypeStrategic), string(patch.TypeApply))
	addChoice(cmd, &p.typ, "type", "", "the kind of patch")
	f.StringVarP(&p.text, "patch", "p", "", "the `PATCH`, in JSON or YAML")
	f.StringVar(&p.file, "patch-file", "", "the `FILE` with the patch, in JSON or YAML, or - for stdin")
	f.StringVar(&p.subresource, "subresource", "", "write by way of the subresource `NAME`: ephemeralcontainers, scale or status")
	f.BoolVar(&p.force, "force-conflicts", false, "with --type apply, take over fields that another manager owns")
	completeWith(cmd, "subresource", subresources)
	cmd.ValidArgsFunction = k.completeObjects
	p.register(cmd, "")
	return cmd
}

func (p *patchCommand) run(ctx context.Context, args []string, inLine bool) error {
	targets, err := named(args)
	if err != nil {
		return err
	}
	typ := patch.Type(p.typ.value)
	switch {
	case inLine == (p.file != ""):
		return usagef("give the patch by one of -p and --patch-file")
	case p.force && typ != patch.TypeApply:
		return usagef("--force-conflicts goes with --type apply")
	case p.dryRun.value == dryRunClient && (typ == patch.TypeStrategic || typ == patch.TypeApply):
		return usagef("only the server can tell what a patch of type %s comes to: use --dry-run=server", typ)
	}
	if p.patch, err = p.parse(typ, inLine); err != nil {
		return err
	}
	client, err := p.connect()
	if err != nil {
		return err
	}
	selected, err := find(ctx, client, targets)
	if err != nil {
		return err
	}
	out := p.printer(p.out)
	var failed failures
	for _, s := range selected {
		for _, name := range s.names {
			if err := p.one(ctx, out, s, name); err != nil && !failed.add(err) {
				return failed
			}
		}
	}
	return failed.err()
}

func (p *patchCommand) parse(typ patch.Type, inLine bool) (patch.Patch, error) {
	text, name := []byte(p.text), "--patch"
	if !inLine {
		var err error
		if text, name, err = p.readFile(p.file); err != nil {
			return patch.Patch{}, err
		}
	}
	parsed, err := patch.Parse(typ, text)
	if err != nil {
		return parsed, fmt.Errorf("%s: %w", name, err)
	}
	return parsed, nil
}

func (p *patchCommand) one(ctx context.Context, out printer, s selection, name string) error {
	var e subresource.Endpoint = s.api
	if p.subresource != "" {
		var err error
		if e, err = subresource.Dispatch(s.api, p.subresource); err != nil {
			return err
		}
	}
	// The object as it was tells whether the patch changes anything; one who may not read it can do without.
	before, err := e.Get(ctx, name)
	if err != nil && (p.dryRun.value == dryRunClient || !errors.Is(err, transport.ErrForbidden) && !p.mayCreate(err)) {
		return err
	}
	missing := p.mayCreate(err)
	after, err := p.apply(ctx, e, name, before)
	if err != nil {
		return err
	}
	deed := "patched"
	switch same, err := equal(before, after); {
	case err != nil:
		return err
	case same:
		deed = "patched (no change)"
	case missing:
		deed = "created"
	}
	return p.report(p.kx, out, s.kind, name, deed, after)
}

// mayCreate holds for a missing object that an apply brings into being.
func (p *patchCommand) mayCreate(err error) bool {
	return p.patch.Type() == patch.TypeApply && errors.Is(err, transport.ErrNotFound)
}

func (p *patchCommand) apply(ctx context.Context, e subresource.Endpoint, name string, before *resources.Object) (*resources.Object, error) {
	if p.dryRun.value != dryRunClient {
		opts := p.patchOptions()
		if p.force {
			opts = append(opts, resources.Force())
		}
		return e.Patch(ctx, name, p.patch, opts...)
	}
	document, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	patched, err := p.patch.ApplyTo(document)
	if err != nil {
		return nil, err
	}
	after := &resources.Object{}
	return after, json.Unmarshal(patched, after)
}

// equal compares two states of an object, of which the first may not be known.
func equal(before, after *resources.Object) (bool, error) {
	if before == nil {
		return false, nil
	}
	b, err := json.Marshal(before, json.Deterministic(true))
	if err != nil {
		return false, err
	}
	a, err := json.Marshal(after, json.Deterministic(true))
	return bytes.Equal(a, b), err
}
