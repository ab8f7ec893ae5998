package command

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestASignalEndsAReadingThatComputes(t *testing.T) {
	ctx, cancel := context.WithCancelCause(clitest.WithLimit(t))
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	in, writer := io.Pipe()
	defer writer.Close()
	k := &Invocation{Streams: Streams{In: in, Err: io.Discard}, Command: cmd}
	go func() {
		_, _ = io.WriteString(writer, "---\n") // the reading has begun
		cancel(errors.New("terminated"))
	}()
	err := EachManifest(ctx, k, &FileFlags{Names: []string{"-"}}, nil, func(*Manifest) error { return nil })
	require.EqualError(t, err, "terminated")

	busy, stop := make(chan struct{}), make(chan struct{})
	defer close(stop)
	ctx, cancel = context.WithCancelCause(clitest.WithLimit(t))
	cmd.SetContext(ctx)
	go func() {
		<-busy
		cancel(errors.New("interrupt"))
	}()
	err = Interruptibly(k, func() error {
		close(busy)
		<-stop
		return nil
	})
	require.EqualError(t, err, "interrupt")
}
