// Package debugcmd is "kx debug" and its subcommands.
package debugcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// debugCommand is kx debug.
type debugCommand struct {
	session   command.Session
	write     command.WriteFlags
	pods      podFlags
	container containerFlags
	image     ImageFlags
	run       runFlags
	mode      modeFlags

	options  debug.Options // of every pod; parse sets it
	progress *term.Progress
	notices  noticeLog
}

// noticeLog holds the notices that were printed.
type noticeLog struct {
	mu    sync.Mutex
	texts []string
}

// add reports whether text is new.
func (l *noticeLog) add(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(l.texts, text) {
		return false
	}
	l.texts = append(l.texts, text)
	return true
}

// New returns the command "debug".
func New(k *command.Invocation) *cobra.Command {
	d := &debugCommand{session: command.Session{Invocation: k, StartedHere: true}}
	cmd := &cobra.Command{
		Use:   "debug POD|KIND/NAME|-l SELECTOR|-f FILE [flags] [-- COMMAND [ARG…]]",
		Short: "Put an ephemeral container into a running pod, or debug a copy, node or claim",
		RunE: func(cmd *cobra.Command, args []string) error {
			d.run.complete(cmd, &d.session)
			d.container.complete(cmd)
			d.mode.complete(cmd)
			return ImageAdvice(d.debug(cmd.Context(), args, cmd.ArgsLenAtDash()))
		},
	}
	d.pods.register(k, cmd)
	d.mode.register(cmd)
	d.image.Register(cmd)
	d.container.register(k, cmd)
	d.run.register(cmd)
	d.session.Register(cmd, "keep stdin open, and attach",
		"give the container a terminal; needs -i")
	command.RegisterDetachKeys(cmd, &d.session.DetachKeys)
	d.write.RegisterDryRun(cmd)
	d.write.RegisterManager(cmd)
	d.write.OutputFlags.Register(cmd, printer.FormatJSON, printer.FormatYAML, printer.FormatName)
	k.SetHelp(cmd, debugHelp)
	// A pod with the name of a subcommand is debugged as pod/NAME.
	cmd.AddCommand(newImages(k), newList(k), newStop(k))
	return cmd
}

// dryRun reports whether --dry-run is given.
func (d *debugCommand) dryRun() bool { return d.write.DryRun.Value != command.DryRunNone }

func (d *debugCommand) debug(ctx context.Context, args []string, dash int) error {
	if err := d.parse(ctx, args, dash); err != nil {
		return err
	}
	switch {
	case d.pods.all:
		return d.runAll(ctx)
	case d.run.attach && !d.dryRun():
		return d.session.Run(ctx, func(workCtx context.Context) error {
			return d.runAttached(ctx,
				workCtx)
		})
	}
	client, err := d.session.Connect()
	if err != nil {
		return err
	}
	name, err := d.resolve(ctx, client)
	if err != nil {
		return err
	}
	d.startProgress()
	result := &debugResult{Namespace: client.Namespace(), Pod: name}
	if d.onNode() || d.onClaim() {
		result.Pod = ""
	}
	res, err := d.runOne(ctx, resources.New[resources.Pod](client), name, d.optionsFor(result, ""))
	d.progress.Done(err == nil && res.Running)
	d.printEvents("", err)
	err = d.explainInterruption(ctx, res, err)
	if err == nil && res.Adopted && !res.Reused {
		d.warnAdopted(res)
	}
	if err == nil && !d.dryRun() {
		d.printNext(res)
	}
	if err == nil && d.printsPlan() {
		return d.printPlan(res.Plan)
	}
	printErr := d.print(result, res, err)
	if err != nil || printErr != nil {
		return cmp.Or(err, printErr)
	}
	if res.ExitCode != 0 {
		return exitCodeError(res)
	}
	return nil
}

// printNext prints how to attach to a container that kx did not wait for, and how to remove the pod
// of a node or claim.
func (d *debugCommand) printNext(res *debug.Result) {
	switch {
	case d.run.noWait && res.Container != "":
		command.Notice(d.session.Invocation, "%s starts without kx%s", label(res),
			d.attachHint("attach", res))
	case (d.onNode() || d.onClaim()) && !res.Removed:
		command.Notice(d.session.Invocation,
			`pod %s stays: remove it with "kx debug stop %s%s"`, res.Pod, res.Pod,
			d.session.Connection.NamespaceFlags())
	}
}

// exitCodeError says that the container ended with a code other than 0.
func exitCodeError(res *debug.Result) error {
	return fmt.Errorf("%s ended with code %d (%s)", label(res), res.ExitCode, res.Reason)
}

// label names the container of a result in messages.
func label(res *debug.Result) string {
	return fmt.Sprintf("container %s of pod %s", res.Container, res.Pod)
}

// startProgress starts to show why the container does not run yet.
func (d *debugCommand) startProgress() {
	d.progress = term.NewProgress(d.session.Err, d.session.Quiet || d.dryRun())
	d.options.Progress = command.WaitingOn(d.progress)
	confirm := d.options.ConfirmImage
	if confirm != nil {
		d.options.ConfirmImage = func(image, why string) bool {
			release := d.progress.Hold()
			defer release()
			return confirm(image, why)
		}
	}
}

// afterProgress ends the line of progress before the first output. A program that has ended before
// kx attached leaves its output in its log.
func (d *debugCommand) afterProgress(to io.Writer) io.Writer {
	if to == nil {
		return nil
	}
	return command.WriterFunc(func(p []byte) (int, error) {
		d.progress.Done(true)
		return to.Write(p)
	})
}

// parse reads the arguments, and sets d.pods and d.options.
func (d *debugCommand) parse(ctx context.Context, args []string, dash int) error {
	in := inputs{stdin: d.session.In}
	if dash >= 0 {
		args, in.command = args[:dash], args[dash:]
	}
	if err := d.checkFlags(); err != nil {
		return err
	}
	args, err := d.choosePod(ctx, args)
	if err != nil {
		return err
	}
	if err := d.pods.parse(d.session.Invocation, args); err != nil {
		return err
	}
	if err := d.checkMode(); err != nil {
		return err
	}
	if in.image, in.trusted, err = d.image.resolve(); err != nil {
		return err
	}
	in.image = d.imageOf(in.image)
	if in.custom, err = d.readCustom(); err != nil {
		return err
	}
	if d.run.attach {
		d.session.CheckTTY()
	} else if d.session.TTY && !d.session.Stdin {
		d.session.TTY = false
		command.Notice(d.session.Invocation, "Warning: ignoring -t: it needs -i")
	}
	d.options, err = buildOptions(flagValues{
		container: d.container, run: d.run,
		pullPolicy: d.image.pullPolicy.Value,
		dryRun:     d.write.DryRun.Value, fieldManager: d.write.Manager,
		openStdin: d.session.Stdin, tty: d.session.TTY,
	}, in)
	if err != nil {
		return err
	}
	d.options.Notice = func(text string) { command.Notice(d.session.Invocation, "%s", text) }
	d.image.setCallbacks(&d.options, d.session.Invocation)
	return nil
}

// checkFlags refuses flags that exclude each other.
func (d *debugCommand) checkFlags() error {
	formatted := d.write.Format.Value != ""
	switch {
	case slices.Contains(d.pods.files.Names, "-") && (d.session.Stdin || d.container.custom == "-"):
		return command.Usagef(
			"-f - excludes -i and --custom -: stdin can be read only once")
	case d.run.attach && formatted && !d.dryRun():
		return command.Usagef(
			"-o and attaching exclude each other: stdout has the output of the container's program")
	case d.pods.all && (d.session.Stdin || d.run.attach):
		return command.Usagef(
			"--all and attaching exclude each other: stdin belongs to one container")
	case d.pods.all && d.dryRun() && (d.write.DryRun.Value == command.DryRunClient || formatted):
		return command.Usagef(
			"--all allows only --dry-run=server without -o: leave out --all to print one pod's " +
				"patch")
	case d.session.Record.Name != "" && (!d.run.attach || d.dryRun()):
		return command.Usagef("--record needs a session: give -i or --attach")
	}
	return nil
}

// print prints the outcome for one pod: its result or, after a dry run, the pod.
func (d *debugCommand) print(result *debugResult, res *debug.Result, err error) error {
	p := d.write.Printer(d.session.Out)
	if p == nil || !d.dryRun() {
		result.setOutcome(res, err)
		return d.printResult(result)
	}
	switch {
	case err != nil:
		return nil
	case res.Object == nil:
		return errors.New("the pod was not read")
	}
	object, err := printer.Untyped(res.Object)
	if err != nil {
		return err
	}
	return p.Print(res.Object.APIKind(), res.Pod, object)
}
