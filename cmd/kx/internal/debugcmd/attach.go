package debugcmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// runAttached adds the container and attaches to it. The first signal ends ctx. workCtx ends later.
func (d *debugCommand) runAttached(ctx, workCtx context.Context) error {
	s := &d.session
	client, err := s.Connect()
	if err != nil {
		return err
	}
	name, err := d.resolve(workCtx, client)
	if err != nil {
		return err
	}
	d.startProgress()
	o := d.options
	o.Stdin = s.Reader()
	o.Stdout, o.Stderr = d.afterProgress(s.Stdout()), d.afterProgress(s.Stderr())
	o.Added, o.TerminalSize, o.Record = d.onAdded, s.Terminal.Size, s.Record.Recorder
	// A node may refuse a session late, when it has counted as attached: then the wait goes on.
	// So the line of progress only pauses, until the first output ends it.
	var resume func()
	o.Attached = func(remote *subresource.Session) {
		switch {
		case remote != nil && resume == nil:
			resume = d.progress.Hold()
		case remote == nil && resume != nil:
			resume()
			resume = nil
		}
		s.OnAttached(remote)
	}
	res, err := d.runOne(workCtx, resources.New[resources.Pod](client), name, o)
	d.progress.Done(false)
	s.Restore()
	if err != nil {
		d.printEvents("", err)
		if ctx.Err() == nil && errors.As(err, new(*subresource.LostError)) {
			command.Notice(s.Invocation, "%s may still run%s", s.Label, s.ReattachHint)
		}
		return d.explainInterruption(ctx, res, err)
	}
	if res.Running {
		return s.OnDetached(subresource.ErrSessionClosed)
	}
	switch res.Reason {
	case "Completed", "Error": // the program has ended by itself
	default:
		command.Notice(s.Invocation, "%s ended with code %d: %s", s.Label, res.ExitCode, res.Reason)
	}
	if res.ExitCode != 0 {
		return &subresource.ExitError{What: s.Label, Code: res.ExitCode}
	}
	return nil
}

// onAdded prints which container the pod now has.
func (d *debugCommand) onAdded(res *debug.Result) {
	d.session.Label = label(res)
	if !res.Shell { // nothing attaches to the program of an exec
		d.session.ReattachHint = d.reattachHint(res)
	}
	switch {
	case res.Reused: // debug.Run sends a notice
	case res.Adopted:
		d.session.Warn(fmt.Sprintf("pod %s has container %s already: no container was added",
			res.Pod, res.Container))
	case d.createsPod() && res.Container != "":
		command.Notice(d.session.Invocation, "Created pod %s with container %s", res.Pod,
			res.Container)
	case d.container.name == "":
		command.Notice(d.session.Invocation, "Adding container %s", res.Container)
	}
}

// explainInterruption turns the error after a signal into what is left in the pod: a container
// cannot be removed.
func (d *debugCommand) explainInterruption(ctx context.Context, res *debug.Result,
	err error) error {
	if res == nil || err == nil || ctx.Err() == nil || errors.Is(err, transport.ErrOutcomeUnknown) {
		return err
	}
	if res.Removed {
		return &command.InterruptedError{Text: fmt.Sprintf("pod %s was removed", res.Pod)}
	}
	text := fmt.Sprintf("container %s stays in pod %s and may still ", res.Container, res.Pod)
	if res.Running {
		text += "run" + d.reattachHint(res)
	} else {
		text += fmt.Sprintf(`start: see "kx debug ls %s%s"`, res.Pod,
			d.session.Connection.NamespaceFlags())
	}
	return &command.InterruptedError{Text: text}
}

// printEvents prints the events of a container that did not start. prefix begins each line.
func (d *debugCommand) printEvents(prefix string, err error) {
	var failed *debug.StartError
	if !errors.As(err, &failed) {
		return
	}
	if failed.EventsError != nil {
		command.Notice(d.session.Invocation, "%sCannot read the events of pod %s: %v", prefix,
			failed.Pod,
			failed.EventsError)
	}
	for _, e := range failed.Events {
		count := ""
		if e.Count > 1 {
			count = fmt.Sprintf(" (%d times)", e.Count)
		}
		command.Notice(d.session.Invocation, "%sEvent: %s %s%s: %s", prefix, e.Type,
			e.Reason, count, e.Message)
	}
}

// reattachHint returns how to attach to the container again, and how to stop it.
func (d *debugCommand) reattachHint(res *debug.Result) string {
	return d.attachHint("reattach", res)
}

// attachHint is reattachHint with another verb.
func (d *debugCommand) attachHint(verb string, res *debug.Result) string {
	namespace := d.session.Connection.NamespaceFlags()
	flags := namespace
	switch {
	case d.options.OpenStdin && d.options.TTY:
		flags = " -it" + namespace
	case d.options.OpenStdin:
		flags = " -i" + namespace
	}
	return fmt.Sprintf(
		`: %s with "kx attach %s -c %s%s", stop it with "kx debug stop %s %s%s"`,
		verb, res.Pod, res.Container, flags, res.Pod, res.Container, namespace)
}

// warnAdopted warns that the container was there before. The command line has not run again.
func (d *debugCommand) warnAdopted(res *debug.Result) {
	text := fmt.Sprintf("pod %s has container %s already: no container was added", res.Pod,
		res.Container)
	if !res.Running {
		text += ". It has ended: give another name with -c to run the command again"
	}
	d.session.Warn(text)
}
