package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// replyWithin is how long the program has to reply to the last of a stdin whose end it will not see.
const replyWithin = time.Second

type attachCommand struct {
	session
	containerFlags
	parted atomic.Bool // the end of stdin has ended the session
}

func newAttach(k *kx) *cobra.Command {
	a := &attachCommand{session: session{kx: k, redraw: true}}
	cmd := &cobra.Command{
		Use:   "attach POD [-c CONTAINER] [-it] [flags]",
		Short: "Join the program that a container runs",
		Long: `attach shows what the program of a container writes from now on, until it ends, and with -i passes stdin to it.
Where the container has a terminal, keys go there as they are typed, and ^C reaches the program. --detach-keys names keys that leave it running instead;
without that flag no key is kept from the program.
It takes the verb get for pods, to find the container, and for pods/attach get and, from Kubernetes 1.35 on, create.

A container that is made with stdinOnce sees the end of stdin. Others do not: a second later kx leaves, and the program runs on.
On SIGINT, SIGTERM or SIGHUP kx leaves at once, and the program runs on.

` + sessionStatus + `
It is 0 where the program was left by --detach-keys or by the end of stdin.`,
		Example: `  kx attach shell -c echo -it --detach-keys ctrl-p,ctrl-q
  echo hello | kx attach shell -c echo -i`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.attach(cmd.Context(), args)
		},
	}
	a.session.register(cmd, "pass stdin to the program", "expect the container to have a terminal; where it has one that is used anyway")
	a.containerFlags.register(k, cmd)
	registerDetachKeys(cmd, &a.keys)
	return cmd
}

func registerDetachKeys(cmd *cobra.Command, keys *detachKeys) {
	cmd.Flags().Var(keys, "detach-keys", "the keys that leave the program running, such as ctrl-p,ctrl-q; there are none by default")
}

func (a *attachCommand) attach(ctx context.Context, args []string) error {
	name, err := podName("attach", args)
	if err != nil {
		return err
	}
	return a.run(ctx, func(ctx context.Context) error {
		client, err := a.connect()
		if err != nil {
			return err
		}
		pods := resources.New[resources.PodOutline](client)
		pod, container, err := a.find(ctx, &a.session, pods, name)
		if err != nil {
			return err
		}
		a.where = fmt.Sprintf("container %q of pod %q", container.Name, name)
		a.fit(container)
		if pod, err = a.await(ctx, &a.session, pods, pod, container.Name, "attach to a program"); err != nil {
			return err
		}
		input := a.input(container)
		open, err := subresource.Attach(pods).Start(ctx, name, subresource.AttachOptions{
			Container: container.Name, Stdin: input, Stdout: a.stdout(), Stderr: a.stderr(), TTY: &a.tty, Record: a.record.recorder,
		})
		if err != nil {
			return err
		}
		a.attached(open)
		if err := open.Wait(); err != nil {
			return a.left(err)
		}
		a.restore()
		if a.parted.Load() {
			a.note("stdin has ended, and the program in %s runs on", a.where)
			return nil
		}
		ended, err := debug.AwaitExit(ctx, pods, pod, container.Name)
		if err == nil && a.record.recorder != nil {
			a.record.recorder.Exit(int(ended.ExitCode))
		}
		if err == nil && ended.ExitCode != 0 {
			err = &subresource.ExitError{What: a.where, Code: int(ended.ExitCode)}
		}
		return err
	})
}

// fit makes of -i and -t what the container has. Its terminal is used even unasked: the runtime tells its output apart in no other way.
func (a *attachCommand) fit(c *container) {
	if a.stdin && !c.Stdin {
		a.stdin = false
		a.note("Warning: -i is left out: %s has no stdin", a.where)
	}
	if a.tty && !c.TTY {
		a.note("Warning: -t is left out: %s has no terminal", a.where)
	}
	a.tty = c.TTY
}

// input gives the program's stdin. Without stdinOnce its end does not reach the program: the runtime takes it as the wish to leave (containerd's ContainerIO.Attach).
func (a *attachCommand) input(c *container) io.Reader {
	in := a.reader()
	if in == nil || a.screen != nil || c.StdinOnce && !c.TTY {
		return in
	}
	return readerFunc(func(p []byte) (int, error) {
		n, err := in.Read(p)
		if err == nil || n > 0 {
			return n, nil
		}
		select {
		case <-time.After(replyWithin):
			a.parted.Store(true)
		case <-a.over:
		}
		return 0, err
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// left makes of an end by the detach keys what it is.
func (s *session) left(err error) error {
	if !s.detached.Load() || !errors.Is(err, subresource.ErrSessionClosed) {
		return err
	}
	s.restore()
	if s.screen != nil && !s.quiet {
		fmt.Fprintln(s.err) // the cursor stands where the program left it
	}
	s.note("detached: the program in %s runs on%s", s.where, s.afterwards)
	return nil
}
