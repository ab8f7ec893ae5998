package cli

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

type attachCommand struct {
	command.Session
	container  command.ContainerFlags
	stdinEnded atomic.Bool // kx has left because its stdin has reached EOF
}

func newAttach(k *command.Invocation) *cobra.Command {
	a := &attachCommand{Session: command.Session{Invocation: k, Redraw: true}}
	cmd := &cobra.Command{
		Use:   "attach POD|KIND/NAME [-c CONTAINER] [-it]",
		Short: "Attach to the program of a container",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.attach(cmd.Context(), args)
		},
	}
	a.Session.Register(cmd, "pass stdin to the program", "expect a terminal in the container")
	a.container.Register(k, cmd)
	command.RegisterDetachKeys(cmd, &a.DetachKeys)
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Attach to a shell, and leave it running on ^P ^Q",
				CommandLine: "kx debug shell -c tools -it --attach=false " +
					"--image kx.local/busybox:1\n" +
					"kx attach shell -c tools -it --detach-keys ctrl-p,ctrl-q"},
			{Purpose: "Send one line to the program",
				CommandLine: "echo hello | kx attach shell -c echo -i"},
			{Purpose: "Send one line, and print no notices",
				CommandLine: "echo hello | kx attach pod/shell -c echo -iq"},
		},
		Tables: []command.Table{{Heading: "TARGETS", Rows: command.PodTargetRows}},
		ExitStatus: command.SessionExitStatus(command.Row{Name: "0",
			Text: "the program still runs: detach keys, or stdin reached EOF"},
			command.ChooserExitStatus),
		SeeAlso: []string{"kx exec, kx debug; docs/logs-exec-attach.md"},
		Background: `kx prints what the program of a container writes from now on, until the program
ends. With -i it passes stdin to the program. Where the container has a terminal, keys reach the
program as they are typed, ^C too. --detach-keys sets keys that leave the program running. By
default no key is kept from the program.

` + command.ChooserText + `

` + command.RecordText + `

A container with stdinOnce gets the EOF of stdin. Other containers do not: kx leaves one second
after EOF, and the program still runs. On SIGINT, SIGTERM or SIGHUP kx leaves at once, and the
program still runs.

kx needs the verb get for pods, and for pods/attach get and, from Kubernetes 1.35 on, create. A
workload or service needs get for that kind, and list for pods.`,
	})
	return cmd
}

func (a *attachCommand) attach(ctx context.Context, args []string) error {
	args, err := a.container.Pods.Choose(ctx, a.Invocation, args)
	if err != nil {
		return err
	}
	target, err := command.ParsePodTarget("attach", args)
	if err != nil {
		return err
	}
	return a.Run(ctx, func(ctx context.Context) error {
		client, err := a.Connect()
		if err != nil {
			return err
		}
		client.Preconnect(ctx)
		pod, container, err := a.container.Find(ctx, &a.Session, client, target)
		if err != nil {
			return err
		}
		pods, name := resources.New[resources.PodOutline](client), pod.Metadata.Name
		a.Label = containerLabel(container.Name, name)
		a.matchContainer(container)
		if pod, err = a.container.AwaitRunning(ctx, &a.Session, pods, pod, container.Name,
			"attach"); err != nil {
			return err
		}
		remote, err := subresource.Attach(pods).Start(ctx, name, subresource.AttachOptions{
			Container: container.Name, Stdin: a.remoteInput(ctx,
				container), Stdout: a.Stdout(), Stderr: a.Stderr(),
			TTY: &a.TTY, Record: a.Record.Recorder,
		})
		if err != nil {
			return err
		}
		a.OnAttached(remote)
		if err := remote.Wait(); err != nil {
			return a.OnDetached(err)
		}
		a.Restore()
		if a.stdinEnded.Load() {
			command.Notice(a.Invocation, "stdin has reached EOF: the program in %s still runs",
				a.Label)
			return nil
		}
		ended, err := debug.AwaitExit(ctx, pods, pod, container.Name)
		if err == nil && a.Record.Recorder != nil {
			a.Record.Recorder.Exit(int(ended.ExitCode))
		}
		if err == nil && ended.ExitCode != 0 {
			err = &subresource.ExitError{What: a.Label, Code: int(ended.ExitCode)}
		}
		return err
	})
}

// containerLabel names a container in messages.
func containerLabel(container, pod string) string {
	return fmt.Sprintf("container %s of pod %s", container, pod)
}

// matchContainer adapts -i and -t to the container. kx uses the container's terminal without -t
// too: the runtime sends the output of a terminal in no other way.
func (a *attachCommand) matchContainer(c *command.Container) {
	if a.Stdin && !c.Stdin {
		a.Stdin = false
		command.Notice(a.Invocation, "Warning: ignoring -i: %s has no stdin", a.Label)
	}
	if a.TTY && !c.TTY {
		command.Notice(a.Invocation, "Warning: ignoring -t: %s has no terminal", a.Label)
	}
	a.TTY = c.TTY
}

// remoteInput returns the program's stdin. Without stdinOnce containerd treats the EOF of stdin as
// the end of the session (ContainerIO.Attach). So EOF follows ReplyTimeout later, which leaves the
// program time to reply.
func (a *attachCommand) remoteInput(ctx context.Context, c *command.Container) io.Reader {
	in := a.Reader()
	if in == nil || a.LocalTerminal != nil || c.StdinOnce && !c.TTY {
		return in
	}
	return readerFunc(func(p []byte) (int, error) {
		n, err := in.Read(p)
		if err == nil || n > 0 {
			return n, nil
		}
		select {
		case <-time.After(command.ReplyTimeout):
			a.stdinEnded.Store(true)
		case <-ctx.Done():
		}
		return 0, err
	})
}

// readerFunc is a function as an io.Reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
