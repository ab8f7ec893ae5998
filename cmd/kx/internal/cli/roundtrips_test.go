package cli_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/cli"
	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/internal/farlink"
	"github.com/kx-k8s/kx/kxtest"
)

// TCP takes one round trip, TLS another, and each request or answer that waits for the one before
// takes one.
func TestCommandsWaitForFewRoundTrips(t *testing.T) {
	// What a process makes once is made outside the bubbles: certificates, the reader of signals.
	kxtest.Start(t)
	_, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	stop()
	const debug = "debug -i distroless --image kx.local/busybox:1 "
	for line, want := range map[string]costs{
		"get pods":                     {roundTrips: 3, connections: 1},
		"get pod shell -o name":        {roundTrips: 3, connections: 1},
		"get crd":                      {roundTrips: 3, connections: 1},
		"exec shell -- true":           {roundTrips: 4, connections: 2},
		"exec shell -c main -- true":   {roundTrips: 3, connections: 1},
		debug + "-- true":              {roundTrips: 8, connections: 2},
		debug + "--target app -- true": {roundTrips: 8, connections: 2},
	} {
		t.Run(line, func(t *testing.T) { require.Equal(t, want, costsOf(t, line)) })
	}
}

// costs are the round trips of a command that follow one another, and its connections.
type costs struct{ roundTrips, connections int }

// costsOf runs a command line that must succeed. The clock is the test's, so all else takes no
// time, except for the pauses of kx.
func costsOf(t *testing.T, line string) (total costs) {
	const roundTrip = 150 * time.Millisecond
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now)) // the certificates are valid from now on
		network := farlink.New(roundTrip)
		server := kxtest.Start(t, kxtest.WithListener(network), kxtest.WithDemo())
		time.Sleep(time.Minute) // the pods run
		config := clitest.WriteFile(t, "admin.kubeconfig", string(server.Kubeconfig()))
		args := append([]string{"--kubeconfig", config}, strings.Fields(line)...)
		var out, stderr bytes.Buffer
		start := time.Now()
		var connections atomic.Int32
		dial := func(ctx context.Context, protocol, address string) (net.Conn, error) {
			connections.Add(1)
			return network.DialContext(ctx, protocol, address)
		}
		code := cli.RunOver(t.Context(), dial, strings.NewReader(""), &out, &stderr, args)
		took := time.Since(start)
		require.Equal(t, 0, code, stderr.String())
		t.Logf("%v, of which the pauses are %v: %s", took, took%roundTrip, stderr.String())
		for _, r := range server.Requests() {
			t.Log(r.Method, r.Path)
		}
		total = costs{int(took / roundTrip), int(connections.Load())}
		server.Close()
		time.Sleep(time.Minute) // the connections end
	})
	return total
}
