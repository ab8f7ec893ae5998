package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

type debugStopCommand struct {
	*kx
	debug.StopOptions
	grace seconds
}

func newDebugStop(k *kx) *cobra.Command {
	s := &debugStopCommand{kx: k, grace: seconds(debug.DefaultGrace)}
	cmd := &cobra.Command{
		Use:   "stop POD [CONTAINER | --all]",
		Short: "End the programs of debug containers",
		Long: `stop ends all processes of a debug container, which cannot be removed from its pod, and never one of another container: it tells them apart by
their mount namespace. Without CONTAINER it is the only one of the pod that runs. A stdin that can be ended is, by ^C and ^D in a terminal;
then a shell in the container sends SIGTERM, and SIGKILL after the grace period, so that the image must have sh.

A container without --target has a process namespace of its own, and its first process cannot be ended from within unless it ends with its stdin
or handles SIGTERM. One that runs on is a failure that says why.
It takes the verb get for pods, and for pods/exec, and pods/attach where the container has a stdin, get and, from Kubernetes 1.35 on, create.

` + exitStatus + `
A container that runs on is a failure, and one that had ended before is none.`,
		Example: `  kx debug distroless --image kx.local/busybox:1 -c tools --target app -- sleep 600
  kx debug stop distroless tools --grace-period 1
  kx debug stop distroless --all`,
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.BoolVar(&s.All, "all", false, "stop all debug containers of the pod that run")
	f.Var(&s.grace, "grace-period", "how long processes have between SIGTERM and SIGKILL, such as 30s, or in seconds; at least 1")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return k.completeContainers(cmd, args, word)
		}
		return k.completePods(cmd, args, word)
	}
	return cmd
}

func (s *debugStopCommand) run(ctx context.Context, args []string) error {
	if len(args) == 2 {
		s.Container, args = args[1], args[:1]
	}
	name, err := podName("debug stop", args)
	switch {
	case err != nil:
		return err
	case s.All && s.Container != "":
		return usagef("the name of a container and --all exclude each other")
	case s.grace < seconds(time.Second):
		return usagef("--grace-period must be at least 1 second")
	}
	client, err := s.connect()
	if err != nil {
		return err
	}
	s.Grace = time.Duration(s.grace)
	stopped, err := debug.Stop(ctx, resources.New[resources.Pod](client), name, s.StopOptions)
	var choice *resources.OptionError
	switch {
	case errors.As(err, &choice):
		return usagef("%s", choice.Problem)
	case err != nil:
		return err
	case len(stopped) == 0:
		fmt.Fprintf(s.err, "No debug container of pod %q runs\n", name)
	}
	var failed failures
	for _, c := range stopped {
		deed := "has ended"
		if !c.WasRunning {
			deed = "was not running"
		}
		if c.Err != nil {
			failed = append(failed, c.Err)
		} else if _, err := fmt.Fprintf(s.out, "pod/%s: %s %s: %s\n", name, c.Name, deed, stateOf(c.Container)); err != nil {
			return err
		}
	}
	return failed.err()
}
