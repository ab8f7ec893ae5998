package cli_test

import (
	"bytes"
	"os"
	"os/signal"
	"strings"
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
	for line, want := range map[string]int{
		"get pods":                     3,
		"get pod shell -o name":        3,
		"get crd":                      3,
		"exec shell -- true":           4,
		"exec shell -c main -- true":   3,
		debug + "-- true":              9,
		debug + "--target app -- true": 9,
	} {
		t.Run(line, func(t *testing.T) { require.Equal(t, want, roundTrips(t, line)) })
	}
}

// roundTrips returns how many round trips follow one another in a run of kx. The clock is the
// test's, so all else takes no time, except for the pauses of kx.
func roundTrips(t *testing.T, line string) (count int) {
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
		code := cli.RunOver(t.Context(), network.DialContext, strings.NewReader(""), &out, &stderr, args)
		took := time.Since(start)
		require.Equal(t, 0, code, stderr.String())
		t.Logf("%v, of which the pauses are %v: %s", took, took%roundTrip, stderr.String())
		for _, r := range server.Requests() {
			t.Log(r.Method, r.Path)
		}
		count = int(took / roundTrip)
		server.Close()
		time.Sleep(time.Minute) // the connections end
	})
	return count
}
