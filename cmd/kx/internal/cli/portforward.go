package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
)

type portForwardCommand struct {
	*command.Invocation
	addresses string
	timeout   command.DurationFlag
	pods      command.PodChooser
	mu        sync.Mutex // guards messages of several connections
}

func newPortForward(k *command.Invocation) *cobra.Command {
	p := &portForwardCommand{Invocation: k, timeout: command.DurationFlag(time.Minute)}
	cmd := &cobra.Command{
		Use:   "port-forward POD|KIND/NAME [LOCAL:]REMOTE…",
		Short: "Forward local ports to a pod",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.portForward(cmd.Context(), args)
		},
		ValidArgsFunction: p.complete,
	}
	f := cmd.Flags()
	f.StringVar(&p.addresses, "address", "localhost", "`ADDRESSES` of this machine")
	f.Var(&p.timeout, "pod-running-timeout", "limit of the wait; 0: none")
	p.pods.Register(cmd)
	command.RegisterQuiet(p.Invocation, cmd, "print only errors")
	k.SetHelp(cmd, portForwardHelp)
	return cmd
}

var portForwardHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Forward local port 8080 to port 80 of a pod",
			CommandLine: "kx port-forward shell 8080:80"},
		{Purpose: "Forward a free local port, and another one",
			CommandLine: "kx port-forward pod/shell :80 8443:443"},
		{Purpose: "Listen on every IPv4 address of this machine",
			CommandLine: "kx port-forward deployment/web :http --address 0.0.0.0"},
	},
	Tables: []command.Table{
		{Heading: "TARGETS", Rows: command.PodTargetRows},
		{Heading: "PORTS", Rows: []command.Row{
			{Name: "REMOTE", Text: "a number or a name; the local port is the same"},
			{Name: "LOCAL:REMOTE", Text: "another local port"},
			{Name: ":REMOTE", Text: "a free local port"},
		}},
		{Heading: "ADDRESSES", Rows: []command.Row{
			{Name: "localhost", Text: "127.0.0.1 and ::1 (the default)"},
			{Name: "0.0.0.0", Text: "every IPv4 address"},
			{Name: "::", Text: "every IPv6 address"},
			{Name: "A,B", Text: "several addresses"},
		}},
	},
	ExitStatus: command.DefaultExitStatus(command.Row{Name: "0",
		Text: "interrupted after it listened"}, command.ChooserExitStatus),
	SeeAlso: []string{"kx exec; docs/kx.md"},
	Background: `kx listens on local ports until it is interrupted. It forwards each connection to a
port of the pod.

A container of the pod declares the name of a port. With service/NAME, a name or number is a port of
the service, and leads to its target port. An address is opened in its own family only: 0.0.0.0
opens no IPv6 address, and :: no IPv4 address. localhost is 127.0.0.1 and ::1, or one of them if the
machine lacks the other.

Each connection is a stream of its own. If one fails, kx prints a message and keeps listening. For a
workload or service, kx checks before each connection that its pod is still there and ready. If it
is not, kx chooses another pod and prints its name. A client that closes its writing side still
receives the program's output, until the program has sent nothing for 10 seconds. The protocol
cannot tell the program that EOF. kx then resets the connection, and prints a message if the client
may wait for more.

` + command.ChooserText + `
The first argument is then a port with a colon.

kx needs the verb get for pods. It needs get for pods/portforward and, from Kubernetes 1.35 on,
create. A workload or service needs get for that kind, and list for pods.`,
}

// defaultLocal stands for the local port that belongs to the remote one.
const defaultLocal = -1

// portMapping is an argument [LOCAL:]REMOTE.
type portMapping struct {
	local  int // 0 is a free port
	remote string
}

// parsePortMapping parses [LOCAL:]REMOTE.
func parsePortMapping(text string) (portMapping, error) {
	bad := command.Usagef(
		"%q is not [LOCAL:]REMOTE: ports are 1 to 65535, and REMOTE may be a name", text)
	local, remote, both := strings.Cut(text, ":")
	if !both {
		local, remote = "", text
	}
	m := portMapping{local: defaultLocal, remote: remote}
	if both {
		m.local = 0
	}
	if local != "" {
		number, err := strconv.Atoi(local)
		if err != nil || number < 0 || number > maxPort {
			return portMapping{}, bad
		}
		m.local = number
	}
	number, err := strconv.Atoi(remote)
	isNumber := err == nil
	switch {
	case remote == "" || strings.Contains(remote, ":"):
		return portMapping{}, bad
	case isNumber && (number < 1 || number > maxPort):
		return portMapping{}, bad
	}
	return m, nil
}

const maxPort = 65535

func (p *portForwardCommand) portForward(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return command.Usagef("no pod is given")
	}
	if strings.Contains(args[0], ":") { // a port, and no name
		chosen, err := p.pods.Choose(ctx, p.Invocation, nil)
		if err != nil {
			return err
		}
		args = append(chosen, args...)
	}
	kindName, name, err := command.SplitName(args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return command.Usagef("no port is given, as in kx port-forward %s 8080:80", args[0])
	}
	var ports []portMapping
	for _, arg := range args[1:] {
		port, err := parsePortMapping(arg)
		if err != nil {
			return err
		}
		ports = append(ports, port)
	}
	client, err := p.Connect()
	if err != nil {
		return err
	}
	kind := (*resources.PodOutline)(nil).APIKind()
	if kindName != "" {
		kind, err = resources.Discover(ctx, client, kindName)
		if err != nil {
			return err
		}
	}
	limit := time.Duration(p.timeout)
	if limit == 0 {
		limit = -1
	}
	progress := term.NewProgress(p.Err, p.Quiet)
	f, err := portforward.New(ctx, client, kind, name, portforward.Options{
		Timeout: limit, Progress: command.WaitingOn(progress), Notice: p.notice,
	})
	progress.Done(err == nil)
	if err != nil {
		return err
	}
	return p.serve(ctx, f, ports)
}

// serve opens all local ports, and then serves them until ctx ends.
func (p *portForwardCommand) serve(ctx context.Context, f *portforward.Forwarder,
	ports []portMapping) error {
	ctx, end := context.WithCancel(ctx)
	var serving sync.WaitGroup
	defer serving.Wait()
	defer end()
	var start []func()
	for _, port := range ports {
		local, remote, err := f.Port(port.remote)
		if err != nil {
			return err
		}
		if port.local != defaultLocal {
			local = port.local
		}
		listeners, err := portforward.Listen(local, strings.Split(p.addresses, ",")...)
		if errors.As(err, new(*portforward.AddressError)) {
			return command.NewUsageError(err)
		}
		if err != nil {
			return err
		}
		for _, l := range listeners {
			context.AfterFunc(ctx, func() { l.Close() })
			start = append(start, func() {
				_ = command.PrintDone(p.Invocation, "Forwarding from %s -> %d", l.Addr(),
					remote) // a closed stdout does not end the forwarding
				serving.Go(func() { f.Serve(ctx, l, port.remote, p.failed) })
			})
		}
	}
	for _, serve := range start {
		serve()
	}
	<-ctx.Done()
	return nil
}

// failed prints the error of a connection.
func (p *portForwardCommand) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	command.PrintError(p.Invocation, "%s", p.Describe(err))
}

// notice prints a message that is no error.
func (p *portForwardCommand) notice(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	command.Notice(p.Invocation, "%s", text)
}
