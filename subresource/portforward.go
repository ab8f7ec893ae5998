package subresource

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// PortForwardEndpoint connects to ports of pods.
type PortForwardEndpoint struct {
	sub resources.Endpoint[jsontext.Value]
}

// PortForward returns the portforward subresource. It speaks v4.channel.k8s.io, which every API
// server accepts. The user needs the verb get for pods/portforward and, from 1.35 on, create.
func PortForward[T any, P interface {
	*T
	resources.HasPortForward
}](api *resources.API[T]) *PortForwardEndpoint {
	return &PortForwardEndpoint{resources.Sub[jsontext.Value](api, "portforward")}
}

// Dial connects to a TCP port, 1 to 65535, on the loopback address of the pod called name. As with
// net.Dialer.DialContext, the end of ctx has no effect once Dial has returned. Each connection has
// a WebSocket of its own: it neither blocks others nor ends with them.
//
// The server accepts the request before it tries the port. If nothing listens there, the first Read
// fails with a *ForwardError. Dial itself fails like a request, or with a *transport.UpgradeError.
func (e *PortForwardEndpoint) Dial(ctx context.Context, name string, port int,
	opts ...GetOption) (*ForwardedConn, error) {
	if port < 1 || port > 65535 {
		return nil, &resources.OptionError{Option: "port",
			Problem: fmt.Sprintf("%d is not a port: give one from 1 to 65535", port)}
	}
	connCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if ctx.Err() != nil {
		cancel() // context.AfterFunc would take a moment
	}
	stopAfterFunc := context.AfterFunc(ctx, cancel)
	ws, err := e.sub.Connect(connCtx, name, url.Values{"ports": {strconv.Itoa(port)}},
		[]string{protocolV4}, opts...)
	if !stopAfterFunc() { // ctx has ended
		cancel()
		if ws != nil {
			ws.Close()
		}
		return nil, fmt.Errorf("port %d of pod %s: %w", port, name, context.Cause(ctx))
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return newForwardedConn(ws, name, port), nil
}

// DialContext returns a function that connects to a TCP port of the pod called name, as Dial does,
// whatever the address. It fits http.Transport.DialContext, so that an http.Client speaks to the
// pod: the host of its URLs is then a name for people and for certificates. The function fails
// with a net.UnknownNetworkError for a network other than "tcp", "tcp4" and "tcp6".
func (e *PortForwardEndpoint) DialContext(name string, port int, opts ...GetOption) func(
	ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		switch network {
		case "tcp", "tcp4", "tcp6":
		default:
			return nil, net.UnknownNetworkError(network)
		}
		conn, err := e.Dial(ctx, name, port, opts...)
		if err != nil {
			return nil, err // not a nil *ForwardedConn in a net.Conn
		}
		return conn, nil
	}
}
