package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

type debugCommand struct {
	session
	writeFlags
	debug.Options
	containerSpec
	imageFlags
	podFlags
	timeout  seconds
	attach   bool
	progress *progress
	told     struct { // what was told of pods
		sync.Mutex
		texts []string
	}
}

func newDebug(k *kx) *cobra.Command {
	d := &debugCommand{session: session{kx: k, ours: true}, timeout: seconds(debug.DefaultTimeout)}
	cmd := &cobra.Command{
		Use:   "debug POD|KIND/NAME|-l SELECTOR [--image IMAGE] [flags] [-- COMMAND [ARG…]]",
		Short: "Put an ephemeral container into a running pod",
		Long: `debug adds an ephemeral container to a running pod, waits until it runs or has ended, and prints "pod/NAME: CONTAINER".
A deployment, stateful set, daemon set, replica set, job or service means one of its pods, and so does a selector: a ready one first, which is said on stderr.
With --all every pod that is named or selected gets a container, ten pods at a time; those of a workload that have ended are left out.
With -i it attaches instead, and stays until the container's program has ended; with -it that has your terminal.
kx attaches as soon as the node has the container. What its program prints before that comes from its log, which the node gives only once the pod's status
says that the container runs, up to 2 seconds later: what a pipe gets begins then, while a terminal has its prompt at once.
With --target the container sees the processes of that container, and its files under a path that is told. What it may do is in its --profile:
general may trace processes, which takes the capability SYS_PTRACE; baseline and legacy ask for nothing beyond what the image has;
restricted gives up what the Pod Security Standard of that name forbids, and runs as the user and group of the target, to whom alone its files open;
netadmin may change the network; sysadmin may do everything on the node, as root;
auto is general, baseline or restricted, the first that the server lets through in a dry run.
On top of the profile go --custom and then --run-as. What is in --custom is joined with what the profile asks for, and null in it takes a field away.
With --dry-run and -o yaml or json it prints what would be sent, a patch of the pod's ephemeralcontainers, and where each security setting comes from.

An ephemeral container cannot be changed or removed: it ends with its own program, with "kx debug stop", or with the pod. A wait ends at once where it is
in vain, and after 15 seconds of failed pulls; the events of the pod then come before the error.

` + imageHelp + `

` + sessionSignals + `

` + exitStatus + `
A container that ended with a code other than 0, or that cannot start, is a failure.
With -i the exit status is that of the container's program, or 255 when it is above that, and 125 when kx itself failed or the stream was lost.
With --all it is 125 when kx failed in any pod, and otherwise the first code of a program, in the order of the pods, that is not 0.

-o json and yaml print an object with the members namespace, pod, container, image, target, state ("running" or "ended"), exitCode, reason, adopted, profile, notices
and error, of which those that have nothing to say are left out; with --all that is one of the items beside a summary, whatever failed.`,
		Example: `  kx debug distroless --image kx.local/busybox:1 --image-pull-policy Never --target app -- sleep 60
  kx debug pod/distroless --image kx.local/busybox:1 -c probe --env LEVEL=debug -- env
  echo 'ls /proc/1/root' | kx debug distroless -i --image kx.local/busybox:1 --target app -- sh
  kx debug distroless -it --image kx.local/busybox:1 --target app
  kx debug shell --image kx.local/busybox:1 --profile netadmin -- sleep 60
  kx debug -l app=shell --image kx.local/busybox:1 -- sleep 60
  kx debug pod/shell pod/distroless --all --image kx.local/busybox:1 -o json -- sleep 60
  kx debug shell --image kx.local/busybox:1 --dry-run=server -o yaml -- sh
  kx debug shell --image kx.local/busybox:1 --profile auto --mounts-from main --env-from main -- sleep 60
  kx debug shell --image kx.local/busybox:1 --run-as 1000:1000 --dry-run=server -o yaml -- sh
  echo 'securityContext: {readOnlyRootFilesystem: true}' | kx debug shell --image kx.local/busybox:1 --custom - -- sleep 60`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("attach") {
				d.attach = d.stdin
			}
			return adviseImage(d.debug(cmd.Context(), args, cmd.ArgsLenAtDash()))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&d.Name, "container", "c", "", "the `NAME` of the new container; one is made up by default")
	f.StringVar(&d.Target, "target", "", "the `CONTAINER` whose processes the new one shall see")
	d.podFlags.register(k, cmd)
	d.imageFlags.register(cmd)
	d.containerSpec.register(k, cmd)
	f.Var(&d.timeout, "timeout", "how long to wait until the container runs, such as 30s, or in seconds; 0 is no limit")
	f.BoolVar(&d.Reuse, "reuse", false, "take the newest container of the pod that runs and is what the flags ask for, its name aside, and add one only if there is none; with -i it needs a terminal, -it")
	f.BoolVar(&d.attach, "attach", false, "attach to the container; so by default with -i")
	d.session.register(cmd, "keep the container's stdin open, and pass stdin to it", "give the container a terminal, which is yours; needs -i")
	registerDetachKeys(cmd, &d.keys)
	mustRegister(cmd.RegisterFlagCompletionFunc("target", k.completeContainers))
	d.registerDryRun(cmd)
	d.registerManager(cmd)
	d.outputFlags.register(cmd, formatJSON, formatYAML, formatName)
	cmd.AddCommand(newDebugImages(k), newDebugList(k), newDebugStop(k)) // a pod that has the name of one of these is pod/NAME
	return cmd
}

func (d *debugCommand) debug(ctx context.Context, args []string, dash int) error {
	if err := d.complete(args, dash); err != nil {
		return err
	}
	switch {
	case d.all:
		return d.many(ctx)
	case d.attach && d.dryRun.value == "none":
		return d.run(ctx, func(life context.Context) error { return d.stay(ctx, life) })
	}
	client, err := d.connect()
	if err != nil {
		return err
	}
	pod, err := d.one(ctx, &d.session, client)
	if err != nil {
		return err
	}
	act := debug.Run
	if d.dryRun.value == dryRunClient {
		act = debug.Preview
	}
	d.wait()
	result := &debugResult{Namespace: client.Namespace(), Pod: pod}
	res, err := act(ctx, resources.New[resources.Pod](client), pod, d.observe(result, ""))
	d.progress.done(err == nil && res.Running)
	d.tellEvents("", err)
	err = d.leftBehind(ctx, res, err)
	if err == nil && res.Adopted && !res.Reused {
		d.warnOfAdopted(res)
	}
	if err == nil && d.printsPlan() {
		return d.printPlan(res.Plan)
	}
	unwritten := d.print(result, res, err)
	if err != nil || unwritten != nil {
		return cmp.Or(err, unwritten)
	}
	if res.ExitCode != 0 {
		return d.ended(res)
	}
	return nil
}

// ended says of a container that it ended with another code than 0.
func (d *debugCommand) ended(res *debug.Result) error {
	return fmt.Errorf("container %q of pod %q ended with code %d (%s)", res.Container, res.Pod, res.ExitCode, res.Reason)
}

// wait begins to show what the container waits for.
func (d *debugCommand) wait() {
	d.progress = d.newProgress(d.quiet || d.dryRun.value != "none")
	d.Progress = d.progress.waiting
}

// afterWait ends the line that lives before the program's output: a program that has ended before anybody could attach leaves that to its log.
func (d *debugCommand) afterWait(to io.Writer) io.Writer {
	if to == nil {
		return nil
	}
	return writerFunc(func(p []byte) (int, error) {
		d.progress.done(true)
		return to.Write(p)
	})
}

// complete turns arguments and flags into d.Options and the pods that are meant.
func (d *debugCommand) complete(args []string, dash int) error {
	var command []string
	if dash >= 0 {
		args, command = args[:dash], args[dash:]
	}
	switch {
	case d.attach && d.format.value != "" && d.dryRun.value == "none":
		return usagef("-o and attaching exclude each other: stdout has what the container's program prints")
	case d.all && (d.stdin || d.attach):
		return usagef("--all excludes -i and --attach: stdin and the terminal belong to one container")
	case d.all && d.dryRun.value != "none" && (d.dryRun.value == dryRunClient || d.format.value != ""):
		return usagef("of several pods there is --dry-run=server without -o: leave out --all to see what would be sent to one")
	}
	if d.record.name != "" && (!d.attach || d.dryRun.value != "none") {
		return usagef("--record needs something to record: attach, with -i or --attach")
	}
	if err := d.parse(args); err != nil {
		return err
	}
	if err := d.imageFlags.complete(&d.Options); err != nil {
		return err
	}
	if err := d.containerSpec.complete(&d.Options, command); err != nil {
		return err
	}
	d.Notice = func(text string) { d.note("%s", text) }
	d.DryRun = d.dryRun.value == dryRunServer
	d.FieldManager = d.manager
	d.Timeout = time.Duration(d.timeout)
	if d.timeout == 0 {
		d.Timeout = -1
	}
	if d.attach {
		d.checkTTY()
	} else if d.tty && !d.stdin {
		d.tty = false
		d.note("Warning: -t is left out: it needs -i")
	}
	d.TTY = d.tty
	if d.attach && d.stdin {
		d.Stdin = d.in
	}
	d.OpenStdin, d.WillAttach = d.stdin, d.attach
	return nil
}

// print prints what became of one pod: its result, or after a dry run what it would be.
func (d *debugCommand) print(result *debugResult, res *debug.Result, err error) error {
	p := d.printer(d.out)
	if p == nil || d.dryRun.value == "none" {
		result.fill(res, err)
		return d.printResult(result)
	}
	switch {
	case err != nil:
		return nil
	case res.Object == nil:
		return errors.New("the pod was not read")
	}
	object, err := untyped(res.Object)
	if err != nil {
		return err
	}
	return p.print(res.Object.APIKind(), res.Pod, object)
}
