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

	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
)

type portForwardCommand struct {
	*kx
	addresses string
	timeout   seconds
	mu        sync.Mutex // of telling what connections came to
}

func newPortForward(k *kx) *cobra.Command {
	p := &portForwardCommand{kx: k, timeout: seconds(time.Minute)}
	cmd := &cobra.Command{
		Use:   "port-forward POD|KIND/NAME [LOCAL:]REMOTE… [flags]",
		Short: "Reach ports of a pod from this machine",
		Long: `port-forward listens on ports of this machine, and connects whoever connects there to ports of a pod, until it is interrupted with ^C.
The pod is named, or is one of those of a deployment, statefulset, daemonset, replicaset, job or service, a ready one first.

REMOTE is a port's number, or the name that the pod's container gives it. Of service/NAME it is one of the service's ports, by number or name, and leads to its target port.
LOCAL is the port here: the same one without it, and in :REMOTE one that is free.

Each connection is a stream of its own. One that fails ends with a line on stderr, and the listener stays. Where the pod is one of a workload or service, kx looks
before each connection whether it is still there and ready, and goes over to another when it is not.
A client that shuts its writing side gets what the program still sends, until it has sent nothing for 10 seconds: the program is not told.

It takes the verb get for pods, and for pods/portforward get and, from Kubernetes 1.35 on, create; with a workload or service also get for that, and list for pods.

` + exitStatus + `
Once it listens, to be interrupted is its normal end: the exit status is 0 then.`,
		Example: `  kx port-forward shell 8080:80
  kx port-forward pod/shell :80 8443:443
  kx port-forward deployment/web :http --address 0.0.0.0`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.portForward(cmd.Context(), args)
		},
		ValidArgsFunction: k.completePods,
	}
	f := cmd.Flags()
	f.StringVar(&p.addresses, "address", "localhost", "the `ADDRESSES` to listen on, with commas between them: IP addresses, or localhost, which is 127.0.0.1 and ::1, or the one of them that there is")
	f.Var(&p.timeout, "pod-running-timeout", "how long to wait until the pod runs, such as 30s, or in seconds; 0 is no limit")
	return cmd
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
		return forwarded{}, usagef("%q is no [LOCAL:]REMOTE: ports are from 1 to 65535, and the remote one may be a name", text)
	}
	return forwarded{number, remote}, nil
}

func (p *portForwardCommand) portForward(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return usagef("no pod is given")
	}
	kindName, name, err := splitName(args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return usagef("no port is given, as in kx port-forward %s 8080:80", args[0])
	}
	var ports []forwarded
	for _, arg := range args[1:] {
		port, err := parseForwarded(arg)
		if err != nil {
			return err
		}
		ports = append(ports, port)
	}
	client, err := p.connect()
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
	progress := p.newProgress(false)
	f, err := portforward.New(ctx, client, kind, name, portforward.Options{Timeout: limit, Progress: progress.waiting, Notice: p.notice})
	progress.done(err == nil)
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
			return usagef("%v", err)
		}
		if err != nil {
			return err
		}
		for _, l := range listeners {
			context.AfterFunc(ctx, func() { l.Close() })
			serve = append(serve, func() {
				fmt.Fprintf(p.out, "Forwarding from %s -> %d\n", l.Addr(), remote)
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
	p.complain("%s", p.describe(err))
}

// notice tells what is no failure.
func (p *portForwardCommand) notice(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.err, oneLine(text))
}
