package cli

import (
	"context"
	"io"
	"net"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
)

// RunOver is Run with a function that connects to servers.
func RunOver(ctx context.Context, dial func(ctx context.Context, network, address string) (net.Conn, error),
	in io.Reader, out, err io.Writer, args []string) int {
	streams := command.Streams{In: in, Out: out, Err: err, Terminal: new(term.Terminal)}
	return execute(ctx, &command.Invocation{Streams: streams, DialContext: dial}, args)
}
