package conformance_test

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/farlink"
)

// farCommands are the command lines whose time through a far link is measured. POD is a pod that
// runs.
var farCommands = []string{
	"get pods", "get configmaps", "get ingresses",
	"exec POD -- true", "exec POD -c app -- true",
	"debug -q POD -i --image " + image + " --image-pull-policy Never --profile general -- true",
}

// farTimes logs how long each tool takes if a round trip takes 150 ms, and asserts nothing.
func farTimes(t *testing.T, w *world) {
	const runs, roundTrip = 3, 150 * time.Millisecond
	server, err := url.Parse(w.config.Server)
	require.NoError(t, err)
	var listening net.ListenConfig
	l, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go farlink.Relay(l, server.Host, roundTrip)
	server.Host = l.Addr().String()
	pod := w.running(t)
	for _, line := range farCommands {
		times := map[string][]time.Duration{}
		for range runs {
			for _, program := range []string{w.kxProgram, w.kubectl} {
				args := append([]string{"-s", server.String()}, strings.Fields(strings.ReplaceAll(line, "POD", pod))...)
				start := time.Now()
				done := w.run(t, program, "", args...)
				times[program] = append(times[program], time.Since(start))
				require.Equal(t, 0, done.code, "%s %s: %s", program, line, done.stderr)
			}
		}
		t.Logf("the median of %d: %s: kx %v, kubectl %v", runs, line, median(times[w.kxProgram]), median(times[w.kubectl]))
	}
}
