package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type deleteCommand struct {
	*kx
	writeFlags
	files          []string
	now, wait      bool
	ignoreNotFound bool
	grace          int64
	timeout        seconds
	cascade        choice
}

func newDelete(k *kx) *cobra.Command {
	d := &deleteCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "delete KIND NAME… | KIND/NAME… | -f FILE",
		Short: "Delete objects",
		Long: `delete asks the server to delete objects, and waits until they are gone unless --wait=false is given.
A pod's programs get as long to end as the pod says, or as --grace-period or --now say.

` + exitStatus,
		Example: `  kx delete pod shell
  kx delete pod/distroless --now
  kx delete -f pod.yaml --wait=false`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd.Context(), args, cmd.Flags().Changed("grace-period"))
		},
	}
	f := cmd.Flags()
	registerFiles(cmd, &d.files)
	f.BoolVar(&d.now, "now", false, "give the programs one second to end, as --grace-period=1 does")
	f.Int64Var(&d.grace, "grace-period", -1, "give the programs that many `SECONDS` to end, at least 1; -1 is as the object says")
	f.BoolVar(&d.wait, "wait", true, "wait until the objects are gone")
	f.Var(&d.timeout, "timeout", "how long to wait for all of it, such as 30s, or in seconds; 0 is no limit")
	f.BoolVar(&d.ignoreNotFound, "ignore-not-found", false, "an object that is not there is no error")
	d.cascade = oneOf("background", "background", "foreground", "orphan")
	addChoice(cmd, &d.cascade, "cascade", "", "what becomes of the objects that belong to it")
	d.registerDryRun(cmd)
	d.format = oneOf("", formatName)
	addChoice(cmd, &d.format, "output", "o", "print the objects' names only")
	cmd.ValidArgsFunction = k.completeObjects
	return cmd
}

func (d *deleteCommand) run(ctx context.Context, args []string, graceGiven bool) error {
	switch {
	case d.now && graceGiven:
		return usagef("--now and --grace-period exclude each other")
	case graceGiven && d.grace != -1 && d.grace < 1:
		return usagef("--grace-period must be at least 1 second, or -1 for what the object says")
	case len(d.files) > 0 && len(args) > 0:
		return usagef("give the objects by -f or by their names, not both")
	}
	if d.now {
		d.grace = 1
	}
	if d.timeout > 0 {
		var cancel context.CancelFunc
		limit := time.Duration(d.timeout)
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("not gone after %v: it may still go, or one of its finalizers holds it", limit))
		defer cancel()
	}
	victims, err := d.victims(ctx, args)
	if err != nil {
		return err
	}
	var failed failures
	var going []victim
	for _, v := range victims {
		err := d.delete(ctx, &v)
		switch {
		case d.ignoreNotFound && errors.Is(err, transport.ErrNotFound):
		case err == nil:
			going = append(going, v)
		case !failed.add(err):
			return failed
		}
	}
	if d.wait && d.dryRun.value == "none" {
		for _, v := range going {
			if err := v.awaitEnd(ctx); err != nil && !failed.add(err) {
				break
			}
		}
	}
	return failed.err()
}

// victim is an object to delete.
type victim struct {
	kind resources.Kind
	api  *resources.API[resources.Object]
	name string
	// namespace is where it lives; uid, once its deletion has begun, tells it from another of the same name.
	namespace, uid string
}

// victims finds what the arguments or the files name.
func (d *deleteCommand) victims(ctx context.Context, args []string) (victims []victim, err error) {
	if len(d.files) > 0 {
		return victims, d.eachManifest(d.files, func(client *transport.Client, m manifest) error {
			kind, api, err := d.locate(ctx, client, m)
			if err == nil && m.name == "" {
				err = m.failed(errNoName)
			}
			if err != nil {
				return err
			}
			victims = append(victims, victim{kind: kind, api: api, name: m.name, namespace: cmp.Or(m.namespace, client.Namespace())})
			return nil
		})
	}
	targets, err := named(args)
	if err != nil {
		return nil, err
	}
	client, err := d.connect()
	if err != nil {
		return nil, err
	}
	selected, err := find(ctx, client, targets)
	if err != nil {
		return nil, err
	}
	for _, s := range selected {
		for _, name := range s.names {
			victims = append(victims, victim{kind: s.kind, api: s.api, name: name, namespace: client.Namespace()})
		}
	}
	return victims, nil
}

// delete begins the deletion of v and says so.
func (d *deleteCommand) delete(ctx context.Context, v *victim) error {
	if d.dryRun.value == dryRunClient {
		if _, err := v.api.Get(ctx, v.name); err != nil {
			return err
		}
		return d.say(v)
	}
	propagation := resources.Background
	switch d.cascade.value {
	case "foreground":
		propagation = resources.Foreground
	case "orphan":
		propagation = resources.Orphan
	}
	opts := []resources.DeleteOption{resources.PropagationPolicy(propagation)}
	if d.grace > 0 {
		opts = append(opts, resources.GracePeriod(d.grace))
	}
	if d.dryRun.value == dryRunServer {
		opts = append(opts, resources.DryRun())
	}
	object, err := v.api.Delete(ctx, v.name, opts...)
	if err != nil {
		return err
	}
	if object != nil {
		v.uid = object.Metadata.UID
	}
	return d.say(v)
}

func (d *deleteCommand) say(v *victim) error {
	if d.format.value == formatName {
		return namePrinter{d.out}.print(v.kind, v.name, nil)
	}
	from := ""
	if v.kind.Namespaced {
		from = " from " + v.namespace + " namespace"
	}
	_, err := fmt.Fprintf(d.out, "%s %q deleted%s%s\n", singular(v.kind), v.name, from, d.suffix())
	return err
}

// pollEvery is the pause between two reads of an object where the user may not watch it.
const pollEvery = time.Second

// awaitEnd waits until the object that was deleted is no more, or another one has its name.
func (v *victim) awaitEnd(ctx context.Context) error {
	for v.uid != "" { // without one it was gone at once
		object, err := v.api.Get(ctx, v.name)
		switch {
		case errors.Is(err, transport.ErrNotFound):
			return nil
		case err != nil:
			return v.gaveUp(ctx, err)
		case object.Metadata.UID != v.uid:
			return nil
		}
		watch := resources.ListOptions{FieldSelector: "metadata.name=" + v.name, ResourceVersion: object.Metadata.ResourceVersion}
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
				return v.gaveUp(ctx, ctx.Err())
			}
		default:
			return v.gaveUp(ctx, err)
		}
	}
	return nil
}

// gaveUp tells the end of --timeout from other reasons to stop waiting.
func (v *victim) gaveUp(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", qualified(v.kind, v.name), context.Cause(ctx))
	}
	return err
}
