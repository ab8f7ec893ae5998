package parity_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// exec runs a command in the pod "p" with one of the clients.
type execFunc func(t testing.TB, server string, command []string, stdin io.Reader, stdout io.Writer)

func withKx(t testing.TB, server string, command []string, stdin io.Reader, stdout io.Writer) {
	client, err := transport.New(&kubeconfig.Config{Server: server, TLS: kubeconfig.TLS{Insecure: true}})
	require.NoError(t, err)
	defer client.Close()
	o := subresource.ExecOptions{Command: command, Stdin: stdin, Stdout: stdout}
	session, err := subresource.Exec(resources.New[resources.Pod](client)).Start(t.Context(), "p", o)
	require.NoError(t, err)
	require.NoError(t, session.Wait())
}

func withClientGo(t testing.TB, server string, command []string, stdin io.Reader, stdout io.Writer) {
	query := url.Values{"command": command, "stdin": {strconv.FormatBool(stdin != nil)}, "stdout": {"true"}, "stderr": {"false"}, "tty": {"false"}}
	config := &rest.Config{Host: server, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
	executor, err := remotecommand.NewWebSocketExecutor(config, "GET", server+"/api/v1/namespaces/default/pods/p/exec?"+query.Encode())
	require.NoError(t, err)
	require.NoError(t, executor.StreamWithContext(context.Background(), remotecommand.StreamOptions{Stdin: stdin, Stdout: stdout}))
}

var clients = map[string]execFunc{"kx": withKx, "client-go": withClientGo}

func TestBothClientsCarryTheSameBytes(t *testing.T) {
	const size = 10_000_016
	plain, secure := startServer(t)
	for _, server := range []string{plain, secure} {
		for name, exec := range clients {
			h := sha256.New()
			exec(t, server, []string{"send", strconv.Itoa(size)}, nil, h)
			require.Equal(t, sumOfPattern(size), hex.EncodeToString(h.Sum(nil)), name)
			var count bytes.Buffer
			exec(t, server, []string{"take"}, io.LimitReader(pattern{}, size), &count)
			require.Equal(t, strconv.Itoa(size), count.String(), name)
		}
	}
}

// BenchmarkStreams prints what 1 GiB in one direction costs each client, and kx's share of client-go's: of the CPU time, user and system, and of the time.
func BenchmarkStreams(b *testing.B) {
	const size = 1 << 30
	plain, secure := startServer(b)
	for _, how := range []struct{ name, server string }{{"plain", plain}, {"TLS", secure}} {
		for direction, command := range map[string][]string{"received": {"send", strconv.Itoa(size)}, "sent": {"take"}} {
			b.Run(fmt.Sprintf("%s/%s", direction, how.name), func(b *testing.B) {
				cost := map[string][2]time.Duration{}
				for b.Loop() {
					for _, name := range []string{"kx", "client-go"} { // in turns, since machines are noisy
						var stdin io.Reader
						if direction == "sent" {
							stdin = io.LimitReader(pattern{}, size)
						}
						cpu, start := cpuTime(b), time.Now()
						clients[name](b, how.server, command, stdin, io.Discard)
						cost[name] = [2]time.Duration{cost[name][0] + cpuTime(b) - cpu, cost[name][1] + time.Since(start)}
					}
				}
				for i, what := range []string{"cpu", "elapsed"} {
					kx, other := cost["kx"][i].Seconds(), cost["client-go"][i].Seconds()
					b.ReportMetric(kx/float64(b.N), "kx-"+what+"-s")
					b.ReportMetric(other/float64(b.N), "client-go-"+what+"-s")
					b.ReportMetric(kx/other, what+"-ratio")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// cpuTime is the processor time that this process has used, in user and in system mode.
func cpuTime(t testing.TB) time.Duration {
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// pattern is an endless source that costs nearly nothing.
type pattern struct{}

var patternBytes = bytes.Repeat([]byte("0123456789abcdef"), 16<<10)

func (pattern) Read(p []byte) (int, error) { return copy(p, patternBytes), nil }

func sumOfPattern(size int) string {
	h := sha256.New()
	_, _ = io.CopyN(h, pattern{}, int64(size)) // does not fail
	return hex.EncodeToString(h.Sum(nil))
}
