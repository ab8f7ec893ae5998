package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type deleteCommand struct {
	*command.Invocation
	objectFlags
	write          command.WriteFlags
	now, force     bool
	wait           bool
	ignoreNotFound bool
	grace          int64
	timeout        command.DurationFlag
	cascade        command.Choice
}

func newDelete(k *command.Invocation) *cobra.Command {
	d := &deleteCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "delete (KIND NAME… | KIND/NAME… | KIND -l SELECTOR | KIND --all | -f FILE)",
		Short: "Delete objects",
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd.Context(), args, cmd.Flags().Changed("grace-period"),
				cmd.Flags().Changed("ignore-not-found"))
		},
	}
	f := cmd.Flags()
	d.objectFlags.register(cmd)
	f.BoolVar(&d.now, "now", false, "same as --grace-period=1")
	f.Int64Var(&d.grace, "grace-period", -1, "`SECONDS` for the programs to end")
	f.BoolVar(&d.force, "force", false, "do not wait for the programs to end")
	f.BoolVar(&d.wait, "wait", true, "wait until the objects are gone")
	f.Var(&d.timeout, "timeout", "limit of the wait, such as 30s; 0: none")
	f.BoolVar(&d.ignoreNotFound, "ignore-not-found", false, "a missing object is no failure")
	d.cascade = command.NewChoice("background", "background", "foreground", "orphan")
	d.cascade.Aliases = map[string]string{"true": "background", "false": "orphan"}
	command.AddChoiceOfTable(cmd, &d.cascade, "cascade", "`MODE` for owned objects")
	d.write.RegisterDryRun(cmd)
	command.RegisterQuiet(d.Invocation, cmd, "print only errors")
	d.write.Format = command.NewChoice("", printer.FormatName)
	command.AddChoice(cmd, &d.write.Format, "output", "o", "output `FORMAT`")
	cmd.ValidArgsFunction = k.CompleteObjects
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Delete a pod", CommandLine: "kx delete pod shell"},
			{Purpose: "Give its programs one second to end",
				CommandLine: "kx delete pod/distroless --now"},
			{Purpose: "Delete the objects of a file, and do not wait",
				CommandLine: "kx delete -f pod.yaml --wait=false"},
			{Purpose: "Show which pods with a label would be deleted",
				CommandLine: "kx delete pods -l app=web --dry-run=client"},
			{Purpose: "Remove the pods of a node that is gone",
				CommandLine: "kx delete pods -A --field-selector spec.nodeName=node-2 \\\n" +
					"  --force --grace-period=0"},
		},
		Tables: []command.Table{{Heading: "CASCADE", Rows: []command.Row{
			{Name: "background", Text: "the server deletes owned objects afterwards"},
			{Name: "foreground", Text: "the server deletes owned objects first"},
			{Name: "orphan", Text: "owned objects stay"},
		}}},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx get, kx wait; docs/kx.md"},
		Background: `kx asks the server to delete objects, and waits until they are gone.
The programs of a pod have the pod's own grace period to end, or that of --grace-period or --now.

A pod whose node is gone stays, because no kubelet confirms that its programs have ended. --force
removes it from the API at once. Its programs may still run: for a pod that must run only once, such
as one of a StatefulSet, first make sure that the node is off.

With a selector or --all, kx lists the objects first, and deletes those: an object that has the same
name by then is not deleted. With --all a missing object is no failure.`,
	})
	return cmd
}

func (d *deleteCommand) run(ctx context.Context, args []string, graceGiven,
	ignoreGiven bool) error {
	switch {
	case d.all && (d.list.LabelSelector != "" || d.list.FieldSelector != ""):
		return command.Usagef("--all and a selector exclude each other")
	case d.now && graceGiven:
		return command.Usagef("--now and --grace-period exclude each other")
	case graceGiven && d.grace == 0 && !d.force:
		return command.Usagef("--grace-period=0 needs --force: the programs may still run " +
			"after that")
	case graceGiven && d.grace < -1:
		return command.Usagef("--grace-period must be 0 or more, or -1 for the object's own")
	case d.force && (d.now || d.grace > 0):
		return command.Usagef("--force and a grace period exclude each other")
	case d.now:
		d.grace = 1
	case d.force:
		d.grace = 0
	}
	if d.all && !ignoreGiven {
		d.ignoreNotFound = true
	}
	chosen, err := d.choose(ctx, d.Invocation, args)
	if err != nil {
		return err
	}
	if len(chosen.objects) == 0 && len(chosen.failed) == 0 {
		fmt.Fprintln(d.Err, "No resources found")
		return nil
	}
	if d.force && d.write.DryRun.Value == command.DryRunNone {
		d.Warn("kx does not wait until the programs have ended: they may go on running")
	}
	isClusterScoped := func(o object) bool { return !o.kind.Namespaced }
	if d.Connection.Namespace != "" && !d.allNamespaces &&
		slices.ContainsFunc(chosen.objects, isClusterScoped) {
		d.Warn("some of the objects are in no namespace: --namespace does not limit their deletion")
	}
	failed := chosen.failed
	var going []deletion
	for _, o := range chosen.objects {
		v := deletion{object: o}
		err := d.delete(ctx, &v)
		switch {
		case d.ignoreNotFound && errors.Is(err, transport.ErrNotFound):
		case err == nil:
			going = append(going, v)
		case !failed.Add(err):
			return failed
		}
	}
	if d.wait && d.write.DryRun.Value == command.DryRunNone {
		d.awaitAllGone(ctx, going, &failed)
	}
	return failed.Err()
}

// awaitAllGone waits for the end of the deletions, and counts them at a terminal. --timeout limits
// this wait, and not the requests before it.
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
	meter, progress := term.NewMeter(d.Err, "gone", d.Quiet || len(going) < 2)
	defer progress.Done(false)
	for i, v := range going {
		meter.Set(int64(i), int64(len(going)))
		if err := v.awaitGone(ctx); err != nil && !failed.Add(err) {
			return
		}
	}
}

// deletion is the deletion of an object. Its uid is set once the deletion has begun, if the server
// says it. A later object of the same name has another uid.
type deletion struct{ object }

// delete begins the deletion of v, and prints that.
func (d *deleteCommand) delete(ctx context.Context, v *deletion) error {
	if d.write.DryRun.Value == command.DryRunClient && v.uid != "" { // listed just now
		return d.printDeleted(v)
	}
	if d.write.DryRun.Value == command.DryRunClient {
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
	if d.grace >= 0 {
		opts = append(opts, resources.GracePeriod(d.grace))
	}
	if v.uid != "" {
		opts = append(opts, resources.IfUID(v.uid))
	}
	if d.write.DryRun.Value == command.DryRunServer {
		opts = append(opts, resources.DryRun())
	}
	object, err := v.api.Delete(ctx, v.name, opts...)
	if err != nil {
		return err
	}
	v.uid = ""
	if object != nil {
		v.uid = object.Metadata.UID
	}
	return d.printDeleted(v)
}

func (d *deleteCommand) printDeleted(v *deletion) error {
	if d.write.Format.Value == printer.FormatName {
		return printer.New(d.Out, printer.FormatName, false).Print(v.kind, v.name, nil)
	}
	from := ""
	if v.kind.Namespaced {
		from = " from " + v.namespace + " namespace"
	}
	deleted := "deleted"
	if d.force {
		deleted = "force deleted"
	}
	return command.PrintDone(d.Invocation, "%s %q %s%s%s", printer.Singular(v.kind), v.name,
		deleted, from, d.write.DryRunSuffix())
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
