package load_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// echoScript sends back what it gets at port 8080.
const echoScript = "nc -ll -p 8080 -e cat"

func TestEachOfManyForwardsAtOnceCarriesEveryByte(t *testing.T) {
	w, n, bytes := newWorld(t), size(50, 5), int64(size(100, 2))*1_000_000
	ctx := within(t, limit)
	client := w.connect(t)
	require.NoError(t, createPod(ctx, resources.New[resources.Pod](client), "shared", echoScript))
	client.Close()

	load := begin()
	client = w.connect(t)
	allConnected := newBarrier(n)
	err := atOnce(ctx, n, func(ctx context.Context, i int) error {
		return forwardOne(ctx, client, uint64(i), bytes, allConnected)
	})
	client.Close()
	require.NoError(t, err)
	load.end(t, "%d forwards at once, each %d MB there and back", n, bytes/1_000_000)
}

// forwardOne forwards a local port to the pod, sends random bytes through it, and checks that the
// same bytes come back.
func forwardOne(ctx context.Context, client *transport.Client, seed uint64, count int64,
	allConnected *barrier) error {
	kind, _ := resources.BuiltIn("pods")
	forwarder, err := portforward.New(ctx, client, kind, "shared", portforward.Options{})
	if err != nil {
		return err
	}
	listeners, err := portforward.Listen(0, "127.0.0.1")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		defer close(served)
		forwarder.Serve(serving, listeners[0], "8080", func(err error) { failed <- err })
	}()
	err = echo(ctx, listeners[0].Addr().String(), seed, count, allConnected)
	stop()
	<-served
	select {
	case other := <-failed:
		return errors.Join(err, other)
	default:
		return err
	}
}

// echo sends random bytes to an address, and compares what comes back.
func echo(ctx context.Context, address string, seed uint64, count int64, allConnected *barrier) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	// The first byte comes back once the connection to the pod is there.
	first := []byte{byte(seed)}
	_, err = conn.Write(first)
	if err != nil {
		return err
	}
	_, err = io.ReadFull(conn, first)
	if err != nil {
		return err
	}
	err = allConnected.arrive(ctx)
	if err != nil {
		return err
	}
	sent := sha256.New()
	written := make(chan error, 1)
	go func() {
		source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
		_, err := io.CopyN(io.MultiWriter(conn, sent), source, count)
		written <- err
	}()
	received := sha256.New()
	_, err = io.CopyN(received, conn, count)
	if err != nil {
		conn.Close()
		return errors.Join(err, <-written)
	}
	err = <-written
	if err != nil {
		return err
	}
	if [32]byte(sent.Sum(nil)) != [32]byte(received.Sum(nil)) || first[0] != byte(seed) {
		return fmt.Errorf("forward %d: other bytes came back", seed)
	}
	return nil
}
