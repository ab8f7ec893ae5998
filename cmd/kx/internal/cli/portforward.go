package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
)

type portForwardCommand struct {
	*command.Invocation
	addresses string
	timeout   command.DurationFlag
	mu        sync.Mutex // of telling what connections came to
}

func newPortForward(k *command.Invocation) *cobra.Command {
	p := &portForwardCommand{Invocation: k, timeout: command.DurationFlag(time.Minute)}
	cmd := &cobra.Command{
		Use:   "port-forward POD|KIND/NAME [LOCAL:]REMOTE…",
		Short: "Forward local ports to a pod",
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.portForward(cmd.Context(), args)
		},
		ValidArgsFunction: k.CompletePods,
	}
	f := cmd.Flags()
	f.StringVar(&p.addresses, "address", "localhost", "`ADDRESSES` of this machine")
	f.Var(&p.timeout, "pod-running-timeout", "limit of the wait; 0: none")
	k.SetHelp(cmd, portForwardHelp)
	return cmd
}

var portForwardHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Forward local port 8080 to port 80 of a pod", CommandLine: "kx port-forward shell 8080:80"},
		{Purpose: "Forward a free local port, and another one", CommandLine: "kx port-forward pod/shell :80 8443:443"},
		{Purpose: "Listen on every IPv4 address of this machine", CommandLine: "kx port-forward deployment/web :http --address 0.0.0.0"},
	},
	Tables: []command.Table{
		{Heading: "TARGETS", Rows: []command.Row{
			{Name: "POD, pod/NAME", Text: "the pod of that name"},
			{Name: "KIND/NAME", Text: "one pod of a workload or service, a ready one first"},
		}},
		{Heading: "PORTS", Rows: []command.Row{
			{Name: "REMOTE", Text: "a number or a name; the local port is the same"},
			{Name: "LOCAL:REMOTE", Text: "another local port"},
			{Name: ":REMOTE", Text: "a free local port"},
		}},
	},
	ExitStatus: command.DefaultExitStatus(command.Row{Name: "0", Text: "interrupted after it listened"}),
	SeeAlso:    []string{"kx exec; docs/kx.md"},
	Background: `kx listens on local ports until it is interrupted, and forwards each connection to a port of a pod.
The name of a port is the one in the pod's container. With service/NAME it is a port of the service, and leads to its target port.
--address takes IP addresses, and localhost, which stands for 127.0.0.1 and ::1, or for the one that exists.

Each connection is a stream of its own. A connection that fails ends with a message, and kx still listens.
With a workload or a service kx looks before each connection whether its pod is still there and ready. If not, kx selects another pod.
A client that closes its writing side gets the program's output until the program has sent nothing for 10 seconds. The program does not see that EOF.

kx needs the verb get for pods, and for pods/portforward get and, from Kubernetes 1.35 on, create. With a workload or service it also needs get for that, and list for pods.`,
}

// forwarded is a port here and there. local is -1 for the one that belongs to the remote one.
type forwarded struct {
	local  int
	remote string
}

// parseForwarded reads [LOCAL:]REMOTE.
func parseForwarded(text string) (forwarded, error) {
	local, remote, both := strings.Cut(text, ":")
	if !both {
		local, remote = "-1", text
	} else if local == "" {
		local = "0"
	}
	number, err := strconv.Atoi(local)
	port, notNumber := strconv.Atoi(remote)
	if err != nil || number > 65535 || both && number < 0 || remote == "" || strings.Contains(remote, ":") || notNumber == nil && (port < 1 || port > 65535) {
		return forwarded{}, command.Usagef("%q is no [LOCAL:]REMOTE: ports are from 1 to 65535, and the remote one may be a name", text)
	}
	return forwarded{number, remote}, nil
}

func (p *portForwardCommand) portForward(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return command.Usagef("no pod is given")
	}
	kindName, name, err := command.SplitName(args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return command.Usagef("no port is given, as in kx port-forward %s 8080:80", args[0])
	}
	var ports []forwarded
	for _, arg := range args[1:] {
		port, err := parseForwarded(arg)
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
		if kind, err = resources.Discover(ctx, client, kindName); err != nil {
			return err
		}
	}
	limit := time.Duration(p.timeout)
	if limit == 0 {
		limit = -1
	}
	progress := term.NewProgress(p.Err, false)
	f, err := portforward.New(ctx, client, kind, name, portforward.Options{Timeout: limit, Progress: command.WaitingOn(progress), Notice: p.notice})
	progress.Done(err == nil)
	if err != nil {
		return err
	}
	return p.serve(ctx, f, ports)
}

// serve listens on all ports before the first is served.
func (p *portForwardCommand) serve(ctx context.Context, f *portforward.Forwarder, ports []forwarded) error {
	ctx, end := context.WithCancel(ctx)
	var serving sync.WaitGroup
	defer serving.Wait()
	defer end()
	var serve []func()
	for _, port := range ports {
		local, remote, err := f.Port(port.remote)
		if err != nil {
			return err
		}
		if port.local >= 0 {
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
			serve = append(serve, func() {
				fmt.Fprintf(p.Out, "Forwarding from %s -> %d\n", l.Addr(), remote)
				serving.Go(func() { f.Serve(ctx, l, port.remote, p.failed) })
			})
		}
	}
	for _, begin := range serve {
		begin()
	}
	<-ctx.Done()
	return nil
}

// failed tells what a connection came to.
func (p *portForwardCommand) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.PrintError("%s", p.Describe(err))
}

// notice tells what is no failure.
func (p *portForwardCommand) notice(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.Err, printer.OneLine(text))
}
