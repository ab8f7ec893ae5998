//go:build unix

package transport_test

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestARequestDoesNotWaitForAFileBeyondItsContext(t *testing.T) {
	g := guard(t).identified(t)
	c := g.client(t)
	require.Equal(t, "first", fetched(t, c))
	require.NoError(t, os.Remove(g.TLS.CAFile))
	require.NoError(t, syscall.Mkfifo(g.TLS.CAFile, 0o600)) // reads block, as on a lost file server
	g.clock.pass(5 * time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Fetch(ctx, get())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, "first", transport.Certificate(c).Subject.CommonName)
	c.Close()
	end, err := os.OpenFile(g.TLS.CAFile, os.O_RDWR, 0) // the file server is back
	require.NoError(t, err)
	require.NoError(t, os.Remove(g.TLS.CAFile))
	require.NoError(t, end.Close())
	require.Equal(t, "first", fetched(t, c))
}
