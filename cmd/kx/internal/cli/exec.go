package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type execCommand struct {
	command.Session
	container command.ContainerFlags
}

func newExec(k *command.Invocation) *cobra.Command {
	e := &execCommand{Session: command.Session{Invocation: k, StartedHere: true}}
	cmd := &cobra.Command{
		Use:   "exec POD|KIND/NAME [-c CONTAINER] [-it] [flags] -- COMMAND [ARG…]",
		Short: "Run a program in a container",
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.exec(cmd.Context(), args, cmd.ArgsLenAtDash())
		},
	}
	e.Session.Register(cmd, "pass stdin to the program", "give the program a terminal; needs -i")
	e.container.Register(k, cmd)
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Run a program", CommandLine: "kx exec shell -- ls /"},
			{Purpose: "Run a command line in a shell",
				CommandLine: "kx exec pod/shell -c main -- sh -c 'echo $HOSTNAME; exit 0'"},
			{Purpose: "Pass stdin to the program",
				CommandLine: "echo hello | kx exec shell -i -- cat"},
			{Purpose: "Open a shell", CommandLine: "kx exec -it shell -- sh"},
			{Purpose: "Run a program in one pod of a workload",
				CommandLine: "kx exec deployment/web -- date"},
		},
		Tables:     []command.Table{{Heading: "TARGETS", Rows: command.PodTargetRows}},
		ExitStatus: command.SessionExitStatus(command.ChooserExitStatus),
		SeeAlso:    []string{"kx attach, kx debug; docs/logs-exec-attach.md"},
		Background: `kx runs a program in a container of a pod, and ends with the program. No shell
reads the command: use sh -c for a command line. With -i kx passes stdin to the program, up to EOF.
With -it the program has the local terminal.

` + command.ChooserText + `

` + command.RecordText + `

` + command.SignalsText + `

kx needs the verb get for pods, and for pods/exec get and, from Kubernetes 1.35 on, create. A
workload or service needs get for that kind, and list for pods. With -c, get for pods may be
missing.`,
	})
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		words := cmd.Flags().Args()
		if len(words) > 1 { // the unknown flag is one of the program
			return missingDashes(words)
		}
		return err
	})
	return cmd
}

// missingDashes refuses a program without -- before it, which old versions of kubectl accepted.
func missingDashes(words []string) error {
	return command.Usagef("no program is given: it comes after --, as in kx exec %s -- %s",
		words[0], words[1])
}

func (e *execCommand) exec(ctx context.Context, args []string, dash int) error {
	if dash < 0 {
		if len(args) > 1 {
			return missingDashes(args)
		}
		return command.Usagef("no program is given: it comes after --")
	}
	args, program := args[:dash], args[dash:]
	var err error
	if len(program) > 0 {
		args, err = e.container.Pods.Choose(ctx, e.Invocation, args)
		if err != nil {
			return err
		}
	}
	target, err := command.ParsePodTarget("exec", args)
	if err != nil {
		return err
	}
	if len(program) == 0 || program[0] == "" {
		return command.Usagef("no program is given after --")
	}
	e.CheckTTY()
	return e.Run(ctx, func(ctx context.Context) error {
		client, err := e.Connect()
		if err != nil {
			return err
		}
		pods := resources.New[resources.PodOutline](client)
		client.Preconnect(ctx)
		pod, container, err := e.container.Find(ctx, &e.Session, client, target)
		named := e.container.Name() != "" && target.IsPod()
		if named && errors.Is(err, transport.ErrForbidden) { // pods/exec needs no get for pods
			return e.suggestDebug(e.start(ctx, pods, target.Name, e.container.Name(), program,
				false))
		}
		if err != nil {
			return err
		}
		if _, err := e.container.AwaitRunning(ctx, &e.Session, pods, pod, container.Name,
			"run a program"); err != nil {
			return err
		}
		passThrough := !e.Stdin && pod.Spec.RuntimeClassName == nil
		return e.suggestDebug(e.start(ctx, pods, pod.Metadata.Name, container.Name, program,
			passThrough))
	})
}

// start runs the program, and returns once it has ended.
func (e *execCommand) start(ctx context.Context, pods *resources.API[resources.PodOutline], pod,
	container string, program []string, passThrough bool) error {
	e.Label = containerLabel(container, pod)
	remote, err := subresource.Exec(pods).Start(ctx, pod, subresource.ExecOptions{
		Container: container, Command: program, Stdin: e.Reader(), Stdout: e.Stdout(),
		Stderr: e.Stderr(), TTY: e.TTY, Record: e.Record.Recorder,
		PassThrough: passThrough,
	})
	if err != nil {
		return err
	}
	e.OnAttached(remote)
	return remote.Wait()
}

// suggestDebug adds to the error of a missing program how to run one beside the container.
func (e *execCommand) suggestDebug(err error) error {
	var failed *subresource.CommandError
	if !errors.As(err, &failed) || failed.Code != command.ExitNotFound {
		return err
	}
	return fmt.Errorf(`%w; "kx debug %s -it --target %s%s" opens a shell beside it`, err,
		failed.Pod, failed.Container, e.Connection.NamespaceFlags())
}
