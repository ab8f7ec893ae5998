package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

type execCommand struct {
	session
	containerFlags
}

func newExec(k *kx) *cobra.Command {
	e := &execCommand{session: session{kx: k, ours: true}}
	cmd := &cobra.Command{
		Use:   "exec POD [-c CONTAINER] [-it] [flags] -- COMMAND [ARG…]",
		Short: "Run a program in a container",
		Long: `exec runs a program in a container of a pod, and ends with it. No shell reads the command: use sh -c for what needs one.
With -it it has your terminal; with -i it reads stdin, to its end.
It takes the verb get for pods, to find the container, and for pods/exec get and, from Kubernetes 1.35 on, create.

` + sessionSignals + `

` + sessionStatus,
		Example: `  kx exec shell -- ls /
  kx exec pod/shell -c main -- sh -c 'echo $HOSTNAME; exit 0'
  echo hello | kx exec shell -i -- cat
  kx exec -it shell -- sh`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.exec(cmd.Context(), args, cmd.ArgsLenAtDash())
		},
	}
	e.session.register(cmd, "pass stdin to the program", "give the program a terminal, which is yours; needs -i")
	e.containerFlags.register(k, cmd)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		words := cmd.Flags().Args()
		if len(words) > 1 { // a flag of the program, then
			return withoutDashes(words)
		}
		return err
	})
	return cmd
}

// withoutDashes refuses a program that does not come after --, as in kubectl's former days.
func withoutDashes(words []string) error {
	return usagef("no program is given: it comes after --, as in kx exec %s -- %s", words[0], words[1])
}

func (e *execCommand) exec(ctx context.Context, args []string, dash int) error {
	if dash < 0 {
		if len(args) > 1 {
			return withoutDashes(args)
		}
		return usagef("no program is given: it comes after --")
	}
	name, err := podName("exec", args[:dash])
	if err != nil {
		return err
	}
	command := args[dash:]
	if len(command) == 0 || command[0] == "" {
		return usagef("no program is given after --")
	}
	e.checkTTY()
	return e.run(ctx, func(ctx context.Context) error {
		client, err := e.connect()
		if err != nil {
			return err
		}
		pods := resources.New[resources.PodOutline](client)
		pod, container, err := e.find(ctx, &e.session, pods, name)
		if err != nil {
			return err
		}
		if _, err := e.await(ctx, &e.session, pods, pod, container.Name, "run a program"); err != nil {
			return err
		}
		e.where = fmt.Sprintf("container %q of pod %q", container.Name, name)
		open, err := subresource.Exec(pods).Start(ctx, name, subresource.ExecOptions{
			Container: container.Name, Command: command, Stdin: e.reader(), Stdout: e.stdout(), Stderr: e.stderr(), TTY: e.tty, Record: e.record.recorder,
		})
		if err != nil {
			return err
		}
		e.attached(open)
		return open.Wait()
	})
}
