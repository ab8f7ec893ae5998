package debugcmd

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type debugStopCommand struct {
	*command.Invocation
	options debug.StopOptions
	grace   command.DurationFlag
}

func newStop(k *command.Invocation) *cobra.Command {
	s := &debugStopCommand{Invocation: k, grace: command.DurationFlag(debug.DefaultGrace)}
	cmd := &cobra.Command{
		Use:   "stop POD [CONTAINER | --all] | node/NAME | pvc/NAME",
		Short: "End the programs of debug containers",
		RunE:  func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.BoolVar(&s.options.All, "all", false, "stop all debug containers of the pod")
	command.RegisterQuiet(s.Invocation, cmd, "print only errors")
	f.Var(&s.grace, "grace-period", "SIGTERM to SIGKILL, from 1s")
	complete := k.CompleteTarget(append(command.PodKinds, "node")...)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string,
		cobra.ShellCompDirective) {
		if len(args) == 1 {
			return k.CompleteContainers(cmd, args, word)
		}
		return complete(cmd, args, word)
	}
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Add a container",
				CommandLine: "kx debug distroless -c tools --target app -- sleep 600"},
			{Purpose: "End its processes",
				CommandLine: "kx debug stop distroless tools --grace-period 1"},
			{Purpose: "End those of all debug containers of a pod",
				CommandLine: "kx debug stop distroless --all"},
		},
		Tables: []command.Table{{Heading: "TARGETS", Rows: []command.Row{
			{Name: "POD", Text: "the only debug container of the pod that runs"},
			{Name: "POD CONTAINER", Text: "the container of that name"},
			{Name: "POD --all", Text: "all debug containers of the pod that run"},
			{Name: "node/NAME, pvc/NAME", Text: "the pods that kx has created for it"},
		}}},
		ExitStatus: command.DefaultExitStatus(command.Row{Name: "1",
			Text: "a container still runs"}),
		SeeAlso: []string{"kx debug, kx debug ls; docs/kx.md"},
		Background: `kx ends all processes of a debug container, and no process of another
container. It tells them apart by their mount namespaces. The container itself stays in the pod:
an ephemeral container cannot be removed. A pod that kx debug has created, for a node or a volume
claim or as a copy, is removed with its containers. So is a node's pod of kubectl debug. A
container that had ended before is no failure. kx first ends the container's stdin where it can,
with ^C and ^D in a terminal. Then a shell in the container sends SIGTERM, and SIGKILL after the
grace period. So the image must have sh. A container without --target has a process namespace of
its own. Nothing within that namespace can end its first process, unless the process handles
SIGTERM or ends with its stdin. kx needs the verb get for pods, and for pods/exec get and, from
Kubernetes 1.35 on, create; for a container with stdin also for pods/attach.`,
	})
	return cmd
}

func (s *debugStopCommand) run(ctx context.Context, args []string) error {
	if len(args) == 2 {
		s.options.Container, args = args[1], args[:1]
	}
	var name string
	var err error
	var of command.PodTarget
	if len(args) == 1 {
		of.Kind, of.Name, err = command.SplitName(args[0])
	}
	newPods := err == nil && s.options.Container == "" && (command.SameKind(of.Kind, "nodes") ||
		command.SameKind(of.Kind, "persistentvolumeclaims"))
	if !newPods {
		name, err = command.PodName("debug stop", args)
	}
	switch {
	case err != nil:
		return err
	case s.options.All && s.options.Container != "":
		return command.Usagef("CONTAINER and --all exclude each other")
	case s.grace < command.DurationFlag(time.Second):
		return command.Usagef("--grace-period must be at least 1 second")
	}
	client, err := s.Connect()
	if err != nil {
		return err
	}
	s.options.Grace = time.Duration(s.grace)
	names := []string{name}
	if newPods {
		if names, err = s.podsToStop(ctx, client, of); err != nil {
			return err
		}
	}
	var failed command.Failures
	for _, name := range names {
		if err := s.stop(ctx, client, name, &failed); err != nil {
			return err
		}
	}
	return failed.Err()
}

// stop ends the debug containers of the pod called name. It adds to failed what still runs.
func (s *debugStopCommand) stop(ctx context.Context, client *transport.Client, name string,
	failed *command.Failures) error {
	stopped, err := debug.Stop(ctx, resources.New[resources.Pod](client), name, s.options)
	var choice *resources.OptionError
	switch {
	case errors.As(err, &choice):
		return command.Usagef("%s", choice.Problem)
	case err != nil:
		return err
	case len(stopped) == 0:
		command.Notice(s.Invocation, "No debug container of pod %s runs", name)
	}
	for _, c := range stopped {
		outcome := "has ended"
		if !c.WasRunning {
			outcome = "was not running"
		}
		if c.Removed {
			outcome = "was removed with its pod"
		}
		if c.Err != nil {
			*failed = append(*failed, c.Err)
		} else if err := command.PrintDone(s.Invocation, "pod/%s: %s %s: %s", name, c.Name, outcome,
			stateOf(c.EphemeralContainer)); err != nil {
			return err
		}
	}
	return nil
}
