package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// stay adds the container and attaches to it. ctx ends with the first signal, and life later.
func (d *debugCommand) stay(ctx, life context.Context) error {
	client, err := d.connect()
	if err != nil {
		return err
	}
	pod, err := d.one(life, &d.session, client)
	if err != nil {
		return err
	}
	d.Stdin = d.reader()
	d.Stdout, d.Stderr = d.afterWait(d.stdout()), d.afterWait(d.stderr())
	d.Added, d.TerminalSize, d.Record = d.added, d.terminal.size, d.record.recorder
	d.Attached = func(open *subresource.Session) {
		d.progress.done(true)
		d.attached(open)
	}
	d.wait()
	res, err := debug.Run(life, resources.New[resources.Pod](client), pod, d.Options)
	d.progress.done(false)
	d.restore()
	if err != nil {
		d.tellEvents("", err)
		if ctx.Err() == nil && errors.As(err, new(*subresource.LostError)) {
			d.note("%s may still run%s", d.where, d.afterwards)
		}
		return d.leftBehind(ctx, res, err)
	}
	if res.Running {
		return d.left(subresource.ErrSessionClosed)
	}
	switch res.Reason {
	case "Completed", "Error": // what a program does by itself
	default:
		d.note("%s ended with code %d: %s", d.where, res.ExitCode, res.Reason)
	}
	if res.ExitCode != 0 {
		return &subresource.ExitError{What: d.where, Code: res.ExitCode}
	}
	return nil
}

// added says which container it will be.
func (d *debugCommand) added(res *debug.Result) {
	d.where = fmt.Sprintf("container %q of pod %q", res.Container, res.Pod)
	d.afterwards = d.returning(res)
	switch {
	case res.Reused: // which was noticed
	case res.Adopted:
		d.warn(d.where + " is there already: no other was added")
	case d.Name == "":
		d.note("Defaulted the container's name to %q", res.Container)
	}
}

// leftBehind makes of an interruption what it leaves in the pod, since the container cannot be removed any more.
func (d *debugCommand) leftBehind(ctx context.Context, res *debug.Result, err error) error {
	if res == nil || err == nil || ctx.Err() == nil || errors.Is(err, transport.ErrOutcomeUnknown) {
		return err
	}
	state := fmt.Sprintf(`start: "kx debug ls %s%s" shows it`, res.Pod, d.connection.here())
	if res.Running {
		state = "run" + d.returning(res)
	}
	return &leftBehindError{fmt.Sprintf("container %q stays in pod %q and may still %s", res.Container, res.Pod, state)}
}

// tellEvents shows what was said of a container that did not start, which is err then.
func (d *debugCommand) tellEvents(prefix string, err error) {
	var failed *debug.StartError
	if !errors.As(err, &failed) {
		return
	}
	if failed.EventsError != nil {
		d.note("%sthe events of pod %q cannot be read: %v", prefix, failed.Pod, failed.EventsError)
	}
	for _, e := range failed.Events {
		count := ""
		if e.Count > 1 {
			count = fmt.Sprintf(" (%d times)", e.Count)
		}
		d.note("%sevent: %s %s%s: %s", prefix, e.Type, e.Reason, count, e.Message)
	}
}

// returning says how to come back to the container, and how to end it.
func (d *debugCommand) returning(res *debug.Result) string {
	flags := ""
	if d.OpenStdin && d.TTY {
		flags = " -it"
	} else if d.OpenStdin {
		flags = " -i"
	}
	flags += d.connection.here()
	return fmt.Sprintf(`: "kx attach %s -c %s%s" returns to it, "kx debug stop %s %s%s" ends it`, res.Pod, res.Container, flags, res.Pod, res.Container, d.connection.here())
}

// leftBehindError is what an interruption leaves in the cluster.
type leftBehindError struct{ text string }

func (e *leftBehindError) Error() string { return e.text }

// warnOfAdopted keeps a second run with one name from passing for another container, above all when the first has ended.
func (d *debugCommand) warnOfAdopted(res *debug.Result) {
	text := fmt.Sprintf("pod %q has the container %q already: no other was added", res.Pod, res.Container)
	if !res.Running {
		text += ", and this one has ended: choose another name to run the command again"
	}
	d.warn(text)
}
