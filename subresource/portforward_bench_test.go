package subresource_test

import (
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// BenchmarkPortForward transfers 1 GiB from a pod of kxtest, and compares its hash.
func BenchmarkPortForward(b *testing.B) {
	const size = 1 << 30
	data := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{5}), size) }
	want := sha256.New()
	_, err := io.Copy(want, data())
	require.NoError(b, err)
	listening := make(chan struct{})
	server, err := kxtest.New(kxtest.WithProgram("source", func(_ context.Context, p *kxtest.Process) int {
		listener, err := p.Listen(8080)
		if err != nil {
			return 1
		}
		close(listening)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return 0
			}
			_, _ = io.Copy(conn, data()) // the client compares the hash
			_ = conn.Close()
		}
	}))
	require.NoError(b, err)
	defer server.Close()
	_, err = server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"},"spec":{"containers":[{"name":"app",
		"image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["source"]}]}}`)
	require.NoError(b, err)
	<-listening
	client, err := transport.New(server.Config())
	require.NoError(b, err)
	defer client.Close()
	forward := subresource.PortForward(resources.New[resources.Pod](client))
	b.SetBytes(size)
	for b.Loop() {
		conn, err := forward.Dial(b.Context(), "web-0", 8080)
		require.NoError(b, err)
		got := sha256.New()
		_, err = io.Copy(got, conn)
		require.NoError(b, err)
		require.Equal(b, want.Sum(nil), got.Sum(nil))
		require.NoError(b, conn.Close())
	}
}
