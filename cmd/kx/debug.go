package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type debugCommand struct {
	*kx
	writeFlags
	debug.Options
	env           []string
	pullPolicy    choice
	argumentsOnly bool
	quiet         bool
	timeout       seconds
	stdin, tty    bool
}

func newDebug(k *kx) *cobra.Command {
	d := &debugCommand{kx: k, timeout: seconds(debug.DefaultTimeout)}
	cmd := &cobra.Command{
		Use:   "debug POD --image IMAGE [flags] [-- COMMAND [ARG…]]",
		Short: "Put an ephemeral container into a running pod",
		Long: `debug adds an ephemeral container to a running pod, waits until it runs or has ended, and prints "pod/NAME: CONTAINER".
The container may trace processes (the capability SYS_PTRACE); with --target it sees those of that container.

An ephemeral container cannot be changed or removed: it ends with its own program, or with the pod.

` + exitStatus + `
A container that ended with a code other than 0, or that cannot start, is a failure.`,
		Example: `  kx debug distroless --image kx.local/busybox:1 --image-pull-policy Never --target app -- sleep 60
  kx debug pod/distroless --image kx.local/busybox:1 -c probe --env LEVEL=debug -- env
  kx debug shell --image kx.local/busybox:1 --dry-run=server -o yaml -- sh`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return d.run(cmd.Context(), args, cmd.ArgsLenAtDash())
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.Image, "image", "", "the `IMAGE` that the container runs")
	f.StringVarP(&d.Name, "container", "c", "", "the `NAME` of the new container; one is made up by default")
	f.StringVar(&d.Target, "target", "", "the `CONTAINER` whose processes the new one shall see")
	f.StringArrayVar(&d.env, "env", nil, "set `NAME=VALUE` in the container's environment; may come several times")
	d.pullPolicy = oneOf("", "Always", "IfNotPresent", "Never")
	addChoice(cmd, &d.pullPolicy, "image-pull-policy", "", "when the node pulls the image")
	f.BoolVar(&d.argumentsOnly, "arguments-only", false, "what follows -- are arguments of the image's own command")
	f.BoolVarP(&d.quiet, "quiet", "q", false, "do not say on stderr what the container waits for")
	f.Var(&d.timeout, "timeout", "how long to wait until the container runs, such as 30s, or in seconds; 0 is no limit")
	f.BoolVarP(&d.stdin, "stdin", "i", false, "")
	f.BoolVarP(&d.tty, "tty", "t", false, "")
	for _, name := range []string{"stdin", "tty"} {
		f.Lookup(name).Hidden = true // known only to be refused in words that help
	}
	d.registerDryRun(cmd)
	d.registerManager(cmd)
	d.outputFlags.register(cmd, formatJSON, formatYAML, formatName)
	cmd.ValidArgsFunction = completePods(k)
	return cmd
}

func (d *debugCommand) run(ctx context.Context, args []string, dash int) error {
	pod, err := d.complete(args, dash)
	if err != nil {
		return err
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
		if res != nil && ctx.Err() != nil && !errors.Is(err, transport.ErrOutcomeUnknown) {
			return &leftBehindError{res.Pod, res.Container}
		}
		return err
	}
	if res.Adopted {
		d.warnOfAdopted(res)
	}
	if err := d.print(res); err != nil {
		return err
	}
	if res.ExitCode != 0 {
		return fmt.Errorf("container %q of pod %q ended with code %d (%s)", res.Container, res.Pod, res.ExitCode, res.Reason)
	}
	return nil
}

// leftBehindError is an interrupted wait for a container, which cannot be removed any more.
type leftBehindError struct{ pod, container string }

func (e *leftBehindError) Error() string {
	return fmt.Sprintf("container %q stays in pod %q and may still start", e.container, e.pod)
}

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
	case d.stdin || d.tty:
		return "", usagef("debug does not attach to the container: leave out -i and -t")
	case len(args) == 0:
		return "", usagef("no pod is given")
	case len(args) > 1:
		return "", usagef("unexpected argument %q: one pod is debugged at a time, and the command comes after --", args[1])
	case d.Image == "":
		return "", usagef("no image is given: use --image")
	case d.argumentsOnly && len(command) == 0:
		return "", usagef("--arguments-only needs arguments after --")
	}
	kind, pod, err := splitName(args[0])
	if err != nil {
		return "", err
	}
	if kind != "" && !sameKind(kind, "pods") {
		return "", usagef("debug works on pods, not on %s", kind)
	}
	for _, variable := range d.env {
		name, value, ok := strings.Cut(variable, "=")
		if !ok || name == "" {
			return "", usagef("--env takes NAME=VALUE") // what was given may be a secret
		}
		d.Env = append(d.Env, resources.EnvVar{Name: name, Value: value})
	}
	d.Command = command
	if d.argumentsOnly {
		d.Command, d.Args = nil, command
	}
	d.ImagePullPolicy = d.pullPolicy.value
	d.DryRun = d.dryRun.value == dryRunServer
	d.FieldManager = d.manager
	if d.Timeout = time.Duration(d.timeout); d.timeout == 0 {
		d.Timeout = -1
	}
	if !d.quiet {
		d.Progress = d.say
	}
	return pod, nil
}

func (d *debugCommand) say(w debug.Waiting) {
	if w.Reason == "" {
		return // not seen by the node yet
	}
	text := "waiting: " + w.Reason
	if w.Message != "" {
		text += ": " + w.Message
	}
	fmt.Fprintln(d.err, oneLine(text))
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
