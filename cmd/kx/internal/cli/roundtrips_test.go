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
	makeProcessWide(t)
	const debug = "debug -i distroless --image kx.local/busybox:1 "
	for line, want := range map[string]costs{
		"get pods":                     {roundTrips: 3, connections: 1},
		"get pod shell -o name":        {roundTrips: 3, connections: 1},
		"get crd":                      {roundTrips: 3, connections: 1},
		"get cm -A":                    {roundTrips: 3, connections: 1},
		"get cronjobs -o yaml":         {roundTrips: 3, connections: 1},
		"get deploy,po -l app=none":    {roundTrips: 4, connections: 1},
		"exec shell -- true":           {roundTrips: 4, connections: 2},
		"exec shell -c main -- true":   {roundTrips: 4, connections: 2},
		"logs shell":                   {roundTrips: 4, connections: 2},
		"logs shell -c main":           {roundTrips: 3, connections: 1},
		"logs shell --timestamps":      {roundTrips: 4, connections: 1},
		debug + "-- true":              {roundTrips: 7, connections: 2},
		debug + "--target app -- true": {roundTrips: 7, connections: 2},
	} {
		t.Run(line, func(t *testing.T) { require.Equal(t, want, costsOf(t, line)) })
	}
}

// costs are the round trips of a command that follow one another, and its connections.
type costs struct{ roundTrips, connections int }

const farRoundTrip = 150 * time.Millisecond

// costsOf runs a command line that must succeed.
func costsOf(t *testing.T, line string) costs {
	ended := runFar(t, line)
	require.Equal(t, 0, ended.code, ended.stderr)
	t.Logf("%v, of which the pauses are %v: %s", ended.took, ended.took%farRoundTrip, ended.stderr)
	return costs{int(ended.took / farRoundTrip), ended.connections}
}

// farRun is a command line that has run at the end of a far link.
type farRun struct {
	code        int
	stderr      string
	took        time.Duration
	connections int
}

// runFar runs a command line on a server with the pods of the demo and these objects. The clock is
// the test's, so all but the link takes no time, except for the pauses of kx.
func runFar(t *testing.T, line string, objects ...string) (ended farRun) {
	now := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(now)) // the certificates are valid from now on
		network := farlink.New(farRoundTrip)
		server := kxtest.Start(t, kxtest.WithListener(network), kxtest.WithDemo())
		for _, object := range objects {
			_, err := server.Create(object)
			require.NoError(t, err)
		}
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
		ended.code = cli.RunOver(t.Context(), dial, strings.NewReader(""), &out, &stderr, args)
		ended.took, ended.stderr = time.Since(start), stderr.String()
		ended.connections = int(connections.Load())
		for _, r := range server.Requests() {
			t.Log(r.Method, r.Path)
		}
		server.Close()
		time.Sleep(time.Minute) // the connections end
	})
	return ended
}

// makeProcessWide makes outside the bubbles what a process makes once: certificates, the reader of
// signals.
func makeProcessWide(t *testing.T) {
	kxtest.Start(t)
	_, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	stop()
}
