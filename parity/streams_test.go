package parity_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// execTarget is the pod of a server in which both clients run commands.
type execTarget struct {
	kx        *kubeconfig.Config
	clientGo  *rest.Config
	pod       string
	container string
	send      func(size int) []string // the command that writes so much
	// the command that reads all of stdin and says how much that was
	take []string
}

// at returns the server that startServer started.
func at(server string) *execTarget {
	return &execTarget{
		kx:       &kubeconfig.Config{Server: server, TLS: kubeconfig.TLS{Insecure: true}},
		clientGo: &rest.Config{Host: server, TLSClientConfig: rest.TLSClientConfig{Insecure: true}},
		pod:      "p", container: "c",
		send: func(size int) []string { return []string{"send", strconv.Itoa(size)} }, take: []string{"take"},
	}
}

// execFunc runs a command with one of the clients.
type execFunc func(t testing.TB, target *execTarget, command []string, stdin io.Reader, stdout io.Writer)

func withKx(t testing.TB, target *execTarget, command []string, stdin io.Reader, stdout io.Writer) {
	client, err := transport.New(target.kx)
	require.NoError(t, err)
	defer client.Close()
	o := subresource.ExecOptions{Container: target.container, Command: command, Stdin: stdin, Stdout: stdout}
	session, err := subresource.Exec(resources.New[resources.Pod](client, resources.InNamespace("default"))).Start(t.Context(), target.pod, o)
	require.NoError(t, err)
	require.NoError(t, session.Wait())
}

func withClientGo(t testing.TB, target *execTarget, command []string, stdin io.Reader, stdout io.Writer) {
	query := url.Values{"container": {target.container}, "command": command, "stdin": {strconv.FormatBool(stdin != nil)}, "stdout": {"true"}, "stderr": {"false"}, "tty": {"false"}}
	address := target.clientGo.Host + "/api/v1/namespaces/default/pods/" + target.pod + "/exec?" + query.Encode()
	executor, err := remotecommand.NewWebSocketExecutor(target.clientGo, "GET", address)
	require.NoError(t, err)
	require.NoError(t, executor.StreamWithContext(context.Background(), remotecommand.StreamOptions{Stdin: stdin, Stdout: stdout}))
}

var clients = map[string]execFunc{"kx": withKx, "client-go": withClientGo}

func TestBothClientsTransferTheSameBytes(t *testing.T) {
	const size = 10_000_016
	plain, secure := startServer(t)
	for _, server := range []string{plain, secure} {
		for name, exec := range clients {
			target := at(server)
			h := sha256.New()
			exec(t, target, target.send(size), nil, h)
			require.Equal(t, sumOfPattern(size), hex.EncodeToString(h.Sum(nil)), name)
			var count bytes.Buffer
			exec(t, target, target.take, io.LimitReader(pattern{}, size), &count)
			require.Equal(t, strconv.Itoa(size), count.String(), name)
		}
	}
}

// BenchmarkStreams prints the cost of 1 GiB in one direction for each client, and kx's share of
// client-go's: of the CPU time, user and system, and of the elapsed time. The server sends and
// receives at full speed on the same machine.
func BenchmarkStreams(b *testing.B) {
	plain, secure := startServer(b)
	for _, server := range []struct{ name, address string }{{"plain", plain}, {"TLS", secure}} {
		for _, direction := range []string{"received", "sent"} {
			b.Run(direction+"/"+server.name, func(b *testing.B) { compare(b, at(server.address), direction) })
		}
	}
}

// BenchmarkStreamsOfACluster is BenchmarkStreams with the API server and node of $KUBECONFIG. The
// namespace default must have the pod shell, whose container main has head and wc.
func BenchmarkStreamsOfACluster(b *testing.B) {
	file := os.Getenv("KUBECONFIG")
	if file == "" {
		b.Skip("there is no $KUBECONFIG")
	}
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	require.NoError(b, err)
	config, err := clientcmd.BuildConfigFromFlags("", file)
	require.NoError(b, err)
	target := &execTarget{
		kx: cfg, clientGo: config, pod: "shell", container: "main",
		send: func(size int) []string { return []string{"head", "-c", strconv.Itoa(size), "/dev/zero"} }, take: []string{"wc", "-c"},
	}
	for _, direction := range []string{"received", "sent"} {
		b.Run(direction, func(b *testing.B) { compare(b, target, direction) })
	}
}

// compare makes both clients transfer 1 GiB in turns, because machines are noisy.
func compare(b *testing.B, target *execTarget, direction string) {
	const size = 1 << 30
	cost := map[string][2]time.Duration{}
	for b.Loop() {
		for _, name := range []string{"kx", "client-go"} {
			command, stdin := target.send(size), io.Reader(nil)
			if direction == "sent" {
				command, stdin = target.take, io.LimitReader(pattern{}, size)
			}
			cpu, start := cpuTime(b), time.Now()
			clients[name](b, target, command, stdin, io.Discard)
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
}

// cpuTime returns the processor time of this process, in user and system mode.
func cpuTime(t testing.TB) time.Duration {
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// pattern is an endless source of almost no cost.
type pattern struct{}

var patternBytes = bytes.Repeat([]byte("0123456789abcdef"), 16<<10)

func (pattern) Read(p []byte) (int, error) { return copy(p, patternBytes), nil }

func sumOfPattern(size int) string {
	h := sha256.New()
	_, _ = io.CopyN(h, pattern{}, int64(size)) // does not fail
	return hex.EncodeToString(h.Sum(nil))
}
