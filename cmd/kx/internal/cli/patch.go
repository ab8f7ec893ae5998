package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type patchCommand struct {
	*command.Invocation
	command.WriteFlags
	files       command.FileFlags
	typ         command.Choice
	text, file  string
	subresource string
	force       bool

	patch patch.Patch
}

func newPatch(k *command.Invocation) *cobra.Command {
	p := &patchCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "patch (KIND NAME | KIND/NAME | -f FILE) (-p PATCH | --patch-file FILE)",
		Short: "Change fields of objects",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(cmd.Context(), args, cmd.Flags().Changed("patch"))
		},
	}
	f := cmd.Flags()
	p.files.Register(cmd)
	p.typ = command.NewChoice(string(patch.TypeStrategic),
		string(patch.TypeMerge), string(patch.TypeJSON), string(patch.TypeStrategic),
		string(patch.TypeApply))
	command.AddChoiceOfTable(cmd, &p.typ, "type", "`TYPE` of the patch")
	f.StringVarP(&p.text, "patch", "p", "", "`PATCH` in JSON or YAML")
	f.StringVar(&p.file, "patch-file", "", "`FILE` with the patch, or - for stdin")
	f.StringVar(&p.subresource, "subresource", "",
		"`NAME`: ephemeralcontainers, resize, scale or status")
	f.BoolVar(&p.force, "force-conflicts", false, "take fields of other managers (apply)")
	command.CompleteWith(cmd, "subresource", command.Subresources)
	cmd.ValidArgsFunction = k.CompleteObjects
	p.Register(cmd, "")
	command.RegisterQuiet(p.Invocation, cmd, "print only errors")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Set a label",
				CommandLine: `kx patch pod shell -p '{"metadata": {"labels": {"team": "blue"}}}'`},
			{Purpose: "Remove it by a JSON Patch", CommandLine: `kx patch pod/shell --type json \
  -p '[{"op": "remove", "path": "/metadata/labels/team"}]'`},
			{Purpose: "Apply the objects of a file, and create those that are missing",
				CommandLine: "kx patch --type apply -f pod.yaml"},
			{Purpose: "Add an ephemeral container",
				CommandLine: `kx patch pod distroless --subresource ephemeralcontainers -p '
spec:
  ephemeralContainers:
  - name: tools
    image: kx.local/busybox:1
    imagePullPolicy: Never
    command: [sleep, "60"]'`},
		},
		Tables: []command.Table{{Heading: "TYPES", Rows: []command.Row{
			{Name: "strategic", Text: "merges lists by their keys; not for custom resources"},
			{Name: "merge", Text: "replaces lists (RFC 7386)"},
			{Name: "json", Text: "a list of operations (RFC 6902)"},
			{Name: "apply", Text: "server-side apply: the fields that the manager owns"},
		}}},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx replace; docs/kx.md, docs/ephemeral-containers.md"},
		Background: `A strategic patch merges a list by the key that the API declares, such as the
name of a container. A patch of the type apply has apiVersion and kind.

--type apply -f FILE applies each object of the file, as kubectl apply --server-side does. With -p,
-f names the objects that the patch changes. If another manager owns a field, kx changes nothing of
that object. It prints the managers, the fields and both values.

Ephemeral containers need --subresource ephemeralcontainers. A strategic patch always works there. A
merge patch works while the pod has no ephemeral container. A JSON Patch that adds at
/spec/ephemeralContainers/- works while the pod has one.

--dry-run=client applies merge and JSON patches locally. For the other types use --dry-run=server.`,
	})
	return cmd
}

func (p *patchCommand) run(ctx context.Context, args []string, inLine bool) error {
	ofFiles := len(p.files.Names) > 0
	var targets []target
	var err error
	if !ofFiles {
		targets, err = parseNamedTargets(args)
	}
	if err == nil {
		err = p.check(args, inLine)
	}
	if err != nil {
		return err
	}
	if inLine || p.file != "" {
		err = command.Interruptibly(p.Invocation, func() (err error) {
			p.patch, err = p.parse(inLine)
			return err
		})
		if err != nil {
			return err
		}
	}
	if ofFiles {
		return p.runFiles(ctx)
	}
	client, err := p.Connect()
	if err != nil {
		return err
	}
	selected, err := discoverTargets(ctx, client, targets)
	if err != nil {
		return err
	}
	out := p.Printer(p.Out)
	var failed command.Failures
	for _, s := range selected {
		for _, name := range s.names {
			if err := p.patchOne(ctx, out, s, name); err != nil && !failed.Add(err) {
				return failed
			}
		}
	}
	return failed.Err()
}

// check fails for flags that do not fit each other.
func (p *patchCommand) check(args []string, inLine bool) error {
	typ := patch.Type(p.typ.Value)
	ofFiles, isApply := len(p.files.Names) > 0, typ == patch.TypeApply
	switch {
	case ofFiles && len(args) > 0:
		return command.Usagef("give the objects by -f or by their names, not both")
	case ofFiles && isApply && (inLine || p.file != ""):
		return command.Usagef("--type apply -f takes the patches from the files: leave out -p " +
			"and --patch-file")
	case !(ofFiles && isApply) && inLine == (p.file != ""):
		return command.Usagef("give one of -p and --patch-file")
	case p.force && !isApply:
		return command.Usagef("--force-conflicts needs --type apply")
	case p.DryRun.Value == command.DryRunClient && (typ == patch.TypeStrategic || isApply):
		return command.Usagef("only the server can apply a patch of type %s: give --dry-run=server",
			typ)
	}
	return nil
}

func (p *patchCommand) parse(inLine bool) (patch.Patch, error) {
	text, name := []byte(p.text), "--patch"
	if !inLine {
		var err error
		if text, name, err = command.ReadFile(p.Invocation, p.file); err != nil {
			return patch.Patch{}, err
		}
	}
	parsed, err := patch.Parse(patch.Type(p.typ.Value), text)
	if err != nil {
		return parsed, fmt.Errorf("%s: %w", name, err)
	}
	return parsed, nil
}

func (p *patchCommand) patchOne(ctx context.Context, out printer.Printer, s selection,
	name string) error {
	var e subresource.DynamicEndpoint = s.api
	if p.subresource != "" {
		var err error
		if e, err = subresource.Dispatch(s.api, p.subresource); err != nil {
			return err
		}
	}
	// The previous object shows whether the patch changes anything. A user who may not read it
	// patches without.
	before, err := e.Get(ctx, name)
	if err != nil && (p.DryRun.Value == command.DryRunClient ||
		!errors.Is(err, transport.ErrForbidden) && !p.mayCreate(err)) {
		return err
	}
	missing := p.mayCreate(err)
	after, err := p.apply(ctx, e, name, before)
	if err != nil {
		return err
	}
	verb := "patched"
	same, err := equal(before, after)
	switch {
	case err != nil:
		return err
	case same:
		verb = "patched (no change)"
	case missing:
		verb = "created"
	}
	return p.Report(p.Invocation, out, s.kind, name, verb, after)
}

// mayCreate reports whether err is a missing object that an apply patch creates.
func (p *patchCommand) mayCreate(err error) bool {
	return p.patch.Type() == patch.TypeApply && errors.Is(err, transport.ErrNotFound)
}

func (p *patchCommand) apply(ctx context.Context, e subresource.DynamicEndpoint, name string,
	before *resources.Object) (*resources.Object, error) {
	if p.DryRun.Value != command.DryRunClient {
		opts := p.PatchOptions()
		if p.force {
			opts = append(opts, resources.Force())
		}
		object, err := e.Patch(ctx, name, p.patch, opts...)
		return object, explainConflicts(ctx, e, name, p.patch, err)
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

// equal reports whether two states of an object are equal. An unknown first state is nil.
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
