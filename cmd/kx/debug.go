package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type debugCommand struct {
	session
	writeFlags
	debug.Options
	containerSpec
	imageFlags
	timeout seconds
	attach  bool
}

func newDebug(k *kx) *cobra.Command {
	d := &debugCommand{session: session{kx: k, ours: true, redraw: true}, timeout: seconds(debug.DefaultTimeout)}
	cmd := &cobra.Command{
		Use:   "debug POD --image IMAGE [flags] [-- COMMAND [ARG…]]",
		Short: "Put an ephemeral container into a running pod",
		Long: `debug adds an ephemeral container to a running pod, waits until it runs or has ended, and prints "pod/NAME: CONTAINER".
With -i it attaches instead, and stays until the container's program has ended; with -it that has your terminal.
What the program prints before kx has attached is in the container's log only, unless it has ended by then: kx prints the log in that case.
With --target the container sees the processes of that container. What it may do is in its --profile:
general may trace processes, which takes the capability SYS_PTRACE; baseline and legacy ask for nothing beyond what the image has;
restricted gives up what the Pod Security Standard of that name forbids, and runs as the user and group of the target, to whom alone its files open;
netadmin may change the network; sysadmin may do everything on the node, as root;
auto is general, baseline or restricted, the first that the server lets through in a dry run.
On top of the profile go --custom and then --run-as. What is in --custom is joined with what the profile asks for, and null in it takes a field away.
With --dry-run and -o yaml or json it prints what would be sent, a patch of the pod's ephemeralcontainers, and where each security setting comes from.

An ephemeral container cannot be changed or removed: it ends with its own program, or with the pod.

` + sessionSignals + `

` + exitStatus + `
A container that ended with a code other than 0, or that cannot start, is a failure.
With -i the exit status is that of the container's program, or 255 when it is above that, and 125 when kx itself failed or the stream was lost.`,
		Example: `  kx debug distroless --image kx.local/busybox:1 --image-pull-policy Never --target app -- sleep 60
  kx debug pod/distroless --image kx.local/busybox:1 -c probe --env LEVEL=debug -- env
  echo 'ls /proc/1/root' | kx debug distroless -i --image kx.local/busybox:1 --target app -- sh
  kx debug distroless -it --image kx.local/busybox:1 --target app
  kx debug shell --image kx.local/busybox:1 --profile netadmin -- sleep 60
  kx debug shell --image kx.local/busybox:1 --profile auto --mounts-from main --env-from main -- sleep 60
  kx debug shell --image kx.local/busybox:1 --run-as 1000:1000 --dry-run=server -o yaml -- sh
  echo 'securityContext: {readOnlyRootFilesystem: true}' | kx debug shell --image kx.local/busybox:1 --custom - -- sleep 60`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("attach") {
				d.attach = d.stdin
			}
			return d.debug(cmd.Context(), args, cmd.ArgsLenAtDash())
		},
	}
	f := cmd.Flags()
	f.StringVarP(&d.Name, "container", "c", "", "the `NAME` of the new container; one is made up by default")
	f.StringVar(&d.Target, "target", "", "the `CONTAINER` whose processes the new one shall see")
	d.imageFlags.register(cmd)
	d.containerSpec.register(k, cmd)
	f.Var(&d.timeout, "timeout", "how long to wait until the container runs, such as 30s, or in seconds; 0 is no limit")
	f.BoolVar(&d.attach, "attach", false, "attach to the container; so by default with -i")
	d.session.register(cmd, "keep the container's stdin open, and pass stdin to it", "give the container a terminal, which is yours; needs -i")
	registerDetachKeys(cmd, &d.keys)
	mustRegister(cmd.RegisterFlagCompletionFunc("target", k.completeContainers))
	d.registerDryRun(cmd)
	d.registerManager(cmd)
	d.outputFlags.register(cmd, formatJSON, formatYAML, formatName)
	cmd.ValidArgsFunction = k.completePods
	return cmd
}

func (d *debugCommand) debug(ctx context.Context, args []string, dash int) error {
	pod, err := d.complete(args, dash)
	if err != nil {
		return err
	}
	if d.attach && d.dryRun.value == "none" {
		return d.run(ctx, func(life context.Context) error { return d.stay(ctx, life, pod) })
	}
	client, err := d.connect()
	if err != nil {
		return err
	}
	act := debug.Run
	if d.dryRun.value == dryRunClient {
		act = debug.Preview
	}
	res, err := act(ctx, resources.New[resources.Pod](client), pod, d.Options)
	if err != nil {
		return leftBehind(ctx, res, err)
	}
	if res.Adopted {
		d.warnOfAdopted(res)
	}
	if d.printsPlan() {
		return d.printPlan(res.Plan)
	}
	if err := d.print(res); err != nil {
		return err
	}
	if res.ExitCode != 0 {
		return fmt.Errorf("container %q of pod %q ended with code %d (%s)", res.Container, res.Pod, res.ExitCode, res.Reason)
	}
	return nil
}

// stay adds the container and attaches to it. ctx ends with the first signal, and life later.
func (d *debugCommand) stay(ctx, life context.Context, pod string) error {
	client, err := d.connect()
	if err != nil {
		return err
	}
	d.Stdin = d.reader()
	d.Stdout, d.Stderr = d.stdout(), d.stderr()
	d.Added, d.Attached = d.added, d.attached
	res, err := debug.Run(life, resources.New[resources.Pod](client), pod, d.Options)
	d.restore()
	if err != nil {
		return leftBehind(ctx, res, err)
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
	switch {
	case res.Adopted:
		d.warn(d.where + " is there already: no other was added")
	case d.Name == "":
		d.note("Defaulted the container's name to %q", res.Container)
	}
}

// leftBehind makes of an interrupted wait for a container, which cannot be removed any more, what it leaves in the pod.
func leftBehind(ctx context.Context, res *debug.Result, err error) error {
	if res == nil || ctx.Err() == nil || errors.Is(err, transport.ErrOutcomeUnknown) {
		return err
	}
	state := "start"
	if res.Running {
		state = "run"
	}
	return &leftBehindError{fmt.Sprintf("container %q stays in pod %q and may still %s", res.Container, res.Pod, state)}
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

// complete turns arguments and flags into d.Options and the pod's name.
func (d *debugCommand) complete(args []string, dash int) (pod string, err error) {
	var command []string
	if dash >= 0 {
		args, command = args[:dash], args[dash:]
	}
	switch {
	case len(args) > 1:
		return "", usagef("unexpected argument %q: one pod is debugged at a time, and the command comes after --", args[1])
	case d.attach && d.format.value != "" && d.dryRun.value == "none":
		return "", usagef("-o and attaching exclude each other: stdout has what the container's program prints")
	}
	if pod, err = podName("debug", args); err != nil {
		return "", err
	}
	if err := d.imageFlags.complete(&d.Options); err != nil {
		return "", err
	}
	if err := d.containerSpec.complete(&d.Options, command); err != nil {
		return "", err
	}
	d.Notice = func(text string) { d.note("%s", text) }
	d.DryRun = d.dryRun.value == dryRunServer
	d.FieldManager = d.manager
	if d.Timeout = time.Duration(d.timeout); d.timeout == 0 {
		d.Timeout = -1
	}
	if !d.quiet {
		d.Progress = d.waiting
	}
	if d.attach {
		d.checkTTY()
	} else if d.tty && !d.stdin {
		d.tty = false
		d.note("Warning: -t is left out: it needs -i")
	}
	if d.TTY = d.tty; d.attach && d.stdin {
		d.Stdin = d.in
	}
	d.OpenStdin = d.stdin
	return pod, nil
}

func (d *debugCommand) print(res *debug.Result) error {
	p := d.printer(d.out)
	if p == nil {
		_, err := fmt.Fprintf(d.out, "pod/%s: %s%s\n", res.Pod, res.Container, d.suffix())
		return err
	}
	if res.Object == nil {
		return errors.New("the pod was not read")
	}
	object, err := untyped(res.Object)
	if err != nil {
		return err
	}
	return p.print(res.Object.APIKind(), res.Pod, object)
}
