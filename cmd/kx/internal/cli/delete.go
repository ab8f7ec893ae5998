package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type deleteCommand struct {
	*command.Invocation
	command.WriteFlags
	files          command.FileFlags
	now, wait      bool
	ignoreNotFound bool
	grace          int64
	timeout        command.DurationFlag
	cascade        command.Choice
}

func newDelete(k *command.Invocation) *cobra.Command {
	d := &deleteCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "delete KIND NAME… | KIND/NAME… | -f FILE",
		Short: "Delete objects",
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd.Context(), args, cmd.Flags().Changed("grace-period"))
		},
	}
	f := cmd.Flags()
	d.files.Register(cmd)
	f.BoolVar(&d.now, "now", false, "same as --grace-period=1")
	f.Int64Var(&d.grace, "grace-period", -1, "`SECONDS` for the programs to end, from 1")
	f.BoolVar(&d.wait, "wait", true, "wait until the objects are gone")
	f.Var(&d.timeout, "timeout", "limit of the wait, such as 30s; 0: none")
	f.BoolVar(&d.ignoreNotFound, "ignore-not-found", false, "a missing object is no failure")
	d.cascade = command.NewChoice("background", "background", "foreground", "orphan")
	command.AddChoiceOfTable(cmd, &d.cascade, "cascade", "`MODE` for owned objects")
	d.RegisterDryRun(cmd)
	d.Format = command.NewChoice("", printer.FormatName)
	command.AddChoice(cmd, &d.Format, "output", "o", "output `FORMAT`")
	cmd.ValidArgsFunction = k.CompleteObjects
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Delete a pod", CommandLine: "kx delete pod shell"},
			{Purpose: "Give its programs one second to end",
				CommandLine: "kx delete pod/distroless --now"},
			{Purpose: "Delete the objects of a file, and do not wait",
				CommandLine: "kx delete -f pod.yaml --wait=false"},
		},
		Tables: []command.Table{{Heading: "CASCADE", Rows: []command.Row{
			{Name: "background", Text: "the server deletes owned objects afterwards"},
			{Name: "foreground", Text: "the server deletes owned objects first"},
			{Name: "orphan", Text: "owned objects stay"},
		}}},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx get; docs/kx.md"},
		Background: `kx asks the server to delete objects, and waits until they are gone.
The programs of a pod have the pod's own grace period to end, or that of --grace-period or --now.`,
	})
	return cmd
}

func (d *deleteCommand) run(ctx context.Context, args []string, graceGiven bool) error {
	switch {
	case d.now && graceGiven:
		return command.Usagef("--now and --grace-period exclude each other")
	case graceGiven && d.grace != -1 && d.grace < 1:
		return command.Usagef(
			"--grace-period must be at least 1 second, or -1 for the object's own")
	case len(d.files.Names) > 0 && len(args) > 0:
		return command.Usagef("give the objects by -f or by their names, not both")
	}
	if d.now {
		d.grace = 1
	}
	victims, err := d.deletions(ctx, args)
	if err != nil {
		return err
	}
	var failed command.Failures
	var going []deletion
	for _, v := range victims {
		err := d.delete(ctx, &v)
		switch {
		case d.ignoreNotFound && errors.Is(err, transport.ErrNotFound):
		case err == nil:
			going = append(going, v)
		case !failed.Add(err):
			return failed
		}
	}
	if d.wait && d.DryRun.Value == "none" {
		d.awaitAllGone(ctx, going, &failed)
	}
	return failed.Err()
}

// awaitAllGone waits for the end of the deletions. --timeout limits this wait, and not the requests
// before it.
func (d *deleteCommand) awaitAllGone(ctx context.Context, going []deletion,
	failed *command.Failures) {
	if d.timeout > 0 {
		var cancel context.CancelFunc
		limit := time.Duration(d.timeout)
		ctx, cancel = context.WithTimeoutCause(ctx, limit,
			fmt.Errorf("not deleted within %v: the deletion goes on, unless a finalizer holds "+
				"the object",
				limit))
		defer cancel()
	}
	for _, v := range going {
		if err := v.awaitGone(ctx); err != nil && !failed.Add(err) {
			return
		}
	}
}

// deletion is an object to delete.
type deletion struct {
	kind resources.Kind
	api  *resources.API[resources.Object]
	name string
	// uid is set once the deletion has begun. A later object of the same name has another uid.
	namespace, uid string
}

// deletions returns the objects that the arguments or the files name.
func (d *deleteCommand) deletions(ctx context.Context, args []string) (victims []deletion,
	err error) {
	if len(d.files.Names) > 0 {
		return victims, d.EachManifest(&d.files, func(client *transport.Client,
			m command.Manifest) error {
			kind, api, err := d.Locate(ctx, client, m)
			if err == nil && m.Name == "" {
				err = m.Wrap(command.ErrNoName)
			}
			if err != nil {
				return err
			}
			victims = append(victims, deletion{kind: kind, api: api, name: m.Name,
				namespace: cmp.Or(m.Namespace, client.Namespace())})
			return nil
		})
	}
	targets, err := parseNamedTargets(args)
	if err != nil {
		return nil, err
	}
	client, err := d.Connect()
	if err != nil {
		return nil, err
	}
	selected, err := discoverTargets(ctx, client, targets)
	if err != nil {
		return nil, err
	}
	for _, s := range selected {
		for _, name := range s.names {
			victims = append(victims, deletion{kind: s.kind, api: s.api, name: name,
				namespace: client.Namespace()})
		}
	}
	return victims, nil
}

// delete begins the deletion of v, and prints that.
func (d *deleteCommand) delete(ctx context.Context, v *deletion) error {
	if d.DryRun.Value == command.DryRunClient {
		if _, err := v.api.Get(ctx, v.name); err != nil {
			return err
		}
		return d.printDeleted(v)
	}
	propagation := resources.Background
	switch d.cascade.Value {
	case "foreground":
		propagation = resources.Foreground
	case "orphan":
		propagation = resources.Orphan
	}
	opts := []resources.DeleteOption{resources.PropagationPolicy(propagation)}
	if d.grace > 0 {
		opts = append(opts, resources.GracePeriod(d.grace))
	}
	if d.DryRun.Value == command.DryRunServer {
		opts = append(opts, resources.DryRun())
	}
	object, err := v.api.Delete(ctx, v.name, opts...)
	if err != nil {
		return err
	}
	if object != nil {
		v.uid = object.Metadata.UID
	}
	return d.printDeleted(v)
}

func (d *deleteCommand) printDeleted(v *deletion) error {
	if d.Format.Value == printer.FormatName {
		return printer.New(d.Out, printer.FormatName, false).Print(v.kind, v.name, nil)
	}
	from := ""
	if v.kind.Namespaced {
		from = " from " + v.namespace + " namespace"
	}
	_, err := fmt.Fprintf(d.Out, "%s %q deleted%s%s\n", printer.Singular(v.kind), v.name, from,
		d.DryRunSuffix())
	return err
}

// pollEvery is the pause between two reads of an object that the user may not watch.
const pollEvery = time.Second

// awaitGone waits until the deleted object is gone, or another object has its name.
func (v *deletion) awaitGone(ctx context.Context) error {
	for v.uid != "" { // without a uid the object was gone at once
		object, err := v.api.Get(ctx, v.name)
		switch {
		case errors.Is(err, transport.ErrNotFound):
			return nil
		case err != nil:
			return v.timeoutError(ctx, err)
		case object.Metadata.UID != v.uid:
			return nil
		}
		watch := resources.ListOptions{FieldSelector: "metadata.name=" + v.name,
			ResourceVersion: object.Metadata.ResourceVersion}
		for event, lost := range v.api.Watch(ctx, watch) {
			if err = lost; err != nil || event.Type == resources.Deleted {
				break
			}
		}
		switch {
		case err == nil, errors.Is(err, transport.ErrGone):
		case errors.Is(err, transport.ErrForbidden), errors.Is(err, transport.ErrMethodNotAllowed):
			select {
			case <-time.After(pollEvery):
			case <-ctx.Done():
				return v.timeoutError(ctx, ctx.Err())
			}
		default:
			return v.timeoutError(ctx, err)
		}
	}
	return nil
}

// timeoutError returns the error of --timeout after its end, and err otherwise.
func (v *deletion) timeoutError(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", printer.QualifiedName(v.kind, v.name), context.Cause(ctx))
	}
	return err
}
