package subresource

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// PortForwardEndpoint makes connections to ports of pods.
type PortForwardEndpoint struct {
	sub resources.Endpoint[jsontext.Value]
}

// PortForward gives the portforward subresource. It needs an API server that takes v4.channel.k8s.io for it, as all do.
// The user needs the verbs get and, from 1.35 on, create for pods/portforward.
func PortForward[T any, P interface {
	*T
	resources.HasPortForward
}](api *resources.API[T]) *PortForwardEndpoint {
	return &PortForwardEndpoint{resources.Sub[jsontext.Value](api, "portforward")}
}

// Dial makes a connection to a TCP port, 1 to 65535, of the pod called name, as it is on the pod's own loopback address. Like net.Dialer.DialContext
// it heeds ctx until the connection is made, and no longer. Each connection has a WebSocket of its own, so that none holds another up or ends with it.
//
// The server takes the request before it tries the port: that nothing listens there is an error of the first Read, a *ForwardError.
// Errors of Dial itself are those of a request, and *transport.UpgradeError.
func (e *PortForwardEndpoint) Dial(ctx context.Context, name string, port int, opts ...GetOption) (*ForwardedConn, error) {
	if port < 1 || port > 65535 {
		return nil, &resources.OptionError{Option: "port", Problem: fmt.Sprintf("%d is no port: give one from 1 to 65535", port)}
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	if ctx.Err() != nil {
		end() // at once: AfterFunc takes a moment
	}
	heeded := context.AfterFunc(ctx, end)
	ws, err := e.sub.Connect(life, name, url.Values{"ports": {strconv.Itoa(port)}}, []string{protocolV4}, opts...)
	if !heeded() {
		end()
		if ws != nil {
			ws.Close()
		}
		return nil, fmt.Errorf("port %d of pod %q: %w", port, name, context.Cause(ctx))
	}
	if err != nil {
		end()
		return nil, err
	}
	return newForwardedConn(ws, name, port), nil
}
