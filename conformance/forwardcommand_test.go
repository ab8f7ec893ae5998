package conformance_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// forwardCommand returns the behaviours of kx port-forward.
func forwardCommand() []behaviour {
	all := []behaviour{
		{"kx port-forward prints its addresses, and exits with 0 when it is interrupted", func(t *testing.T, w *world) {
			f := w.forward(t, identity{file: w.kubeconfig}, 2, w.listens(t), ":8080")
			require.Regexp(t, `^Forwarding from 127\.0\.0\.1:\d+ -> 8080$`, f.lines[0])
			if len(f.lines) > 1 {
				require.Equal(t, fmt.Sprintf("Forwarding from [::1]:%s -> 8080", f.port(0)), f.lines[1])
			}
			echoes(t, f.connect(t, 0), 100_000)
			require.Equal(t, 0, f.interrupt(t))
			require.Empty(t, f.stderr.String())
		}},
		{"kx port-forward accepts the port names of containers", func(t *testing.T, w *world) {
			name := w.listens(t)
			f := w.forward(t, identity{file: w.kubeconfig}, 2, "--address", "127.0.0.1", "pod/"+name, ":echo", ":hello")
			require.Regexp(t, ` -> 8080$`, f.lines[0])
			text, err := io.ReadAll(f.connect(t, 1))
			require.NoError(t, err)
			require.Equal(t, "hello\n", string(text))
			done := w.kx(t, "", "port-forward", name, ":http")
			require.Equal(t, result{"", fmt.Sprintf("error: pod %s has no TCP port \"http\": it has echo (8080), hello (8081)\n", name), 1}, done)
		}},
		{"kx port-forward serves 200 connections at once", func(t *testing.T, w *world) {
			f := w.forward(t, identity{file: w.kubeconfig}, 1, "--address", "127.0.0.1", w.listens(t), ":8080")
			var conns []net.Conn
			for range 200 {
				conn := f.connect(t, 0)
				echoes(t, conn, 10) // one by one: busybox's nc has a short backlog
				conns = append(conns, conn)
			}
			var all sync.WaitGroup
			failures := make(chan string, len(conns))
			for i, conn := range conns {
				all.Go(func() {
					text := fmt.Sprintf("connection %d\n", i)
					_, _ = io.WriteString(conn, text) // the read below finds a loss
					if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != text {
						failures <- fmt.Sprintf("%q %v", line, err)
					}
				})
			}
			all.Wait()
			require.Empty(t, failures)
			require.Empty(t, f.stderr.String())
		}},
		{"kx port-forward passes on the client's half-close and the rest of the answer", func(t *testing.T, w *world) {
			f := w.forward(t, identity{file: w.kubeconfig}, 1, "--address", "127.0.0.1", w.listens(t), ":8082")
			conn := f.connect(t, 0)
			_, err := io.WriteString(conn, "12345")
			require.NoError(t, err)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			text, err := io.ReadAll(conn)
			require.NoError(t, err)
			require.Equal(t, "12345\nlate\n", string(text))
		}},
		{"kx port-forward fails at once if it cannot start", func(t *testing.T, w *world) {
			name := w.listens(t)
			busy, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer busy.Close()
			_, port, err := net.SplitHostPort(busy.Addr().String())
			require.NoError(t, err)
			for says, args := range map[string][]string{
				"cannot listen at 127.0.0.1:" + port + ": address already in use": {"--address", "127.0.0.1", name, port + ":8080"},
				`pods "no-such" not found`:                                        {"no-such", ":8080"},
				`deployments.apps "no-such" not found`:                            {"deployment/no-such", ":8080"},
				`namespaces have no pods`:                                         {"ns/default", ":8080"},
			} {
				done := w.kx(t, "", append([]string{"port-forward"}, args...)...)
				require.Equal(t, 1, done.code, done.stderr)
				require.Empty(t, done.stdout)
				require.Contains(t, done.stderr, says)
				require.Equal(t, 1, strings.Count(done.stderr, "\n"), done.stderr)
			}
		}},
		{"complaint #74551, port-forward dies: a refused connection is reported in one line, and the listener and other connections stay", func(t *testing.T, w *world) {
			name := w.listens(t)
			f := w.forward(t, identity{file: w.kubeconfig}, 2, "--address", "127.0.0.1", name, ":8080", ":8089")
			before := f.connect(t, 0)
			echoes(t, before, 10)
			for i := range 3 {
				f.resets(t, 1)
				eventually(t, "it is told", func() bool { return strings.Count(f.stderr.String(), "\n") == i+1 })
			}
			echoes(t, before, 10)
			echoes(t, f.connect(t, 0), 10)
			require.Equal(t, 0, f.interrupt(t))
			require.Equal(t, strings.Repeat(fmt.Sprintf("error: port 8089 of pod %s: connection refused: nothing in the pod listens there\n", name), 3), f.stderr.String())
		}},
		{"complaint #74551, port-forward dies: it follows a replaced pod of a workload", func(t *testing.T, w *world) {
			workload := w.emptyWorkload(t)
			first := w.replica(t, workload)
			f := w.forward(t, identity{file: w.kubeconfig}, 1, "--address", "127.0.0.1", "deployment/"+workload, ":8080")
			old := f.connect(t, 0)
			echoes(t, old, 10)
			second := w.replica(t, workload)
			echoes(t, f.connect(t, 0), 10)
			require.Empty(t, f.stderr.String(), "the first is still there")
			_, err := w.pods.Delete(t.Context(), first, resources.GracePeriod(0))
			require.NoError(t, err)
			_, _ = io.ReadAll(old) // until it ends, in order or not
			for range 3 {
				echoes(t, f.connect(t, 0), 10)
			}
			require.Equal(t, 0, f.interrupt(t))
			require.Equal(t, fmt.Sprintf("pod %s is gone or not ready: new connections go to pod %s\n", first, second), f.stderr.String(), "once")
		}},
		{"complaint #74551, port-forward dies: it continues while a workload has no pod", func(t *testing.T, w *world) {
			workload := w.emptyWorkload(t)
			only := w.replica(t, workload)
			f := w.forward(t, identity{file: w.kubeconfig}, 1, "--address", "127.0.0.1", "deployment/"+workload, ":8080")
			_, err := w.pods.Delete(t.Context(), only, resources.GracePeriod(0))
			require.NoError(t, err)
			eventually(t, "the pod has gone", func() bool {
				_, err := w.pods.Get(t.Context(), only)
				return errors.Is(err, transport.ErrNotFound)
			})
			f.resets(t, 0)
			eventually(t, "it is told", func() bool { return strings.Contains(f.stderr.String(), `deployments.apps/`+workload+` has no pods`) })
			w.replica(t, workload)
			echoes(t, f.connect(t, 0), 10)
		}},
	}
	if *e2e { // kxtest serves no services
		all = append(all, behaviour{"kx port-forward maps the ports of a service to their target ports", func(t *testing.T, w *world) {
			workload := w.emptyWorkload(t)
			w.replica(t, workload)
			file := t.TempDir() + "/service.json"
			require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Service","metadata":{"name":%[1]q},"spec":{"selector":{"app":%[1]q},
				"ports":[{"name":"web","port":80,"targetPort":"hello"},{"name":"raw","port":7,"targetPort":8080}]}}`, workload), 0o600))
			require.Equal(t, 0, w.kx(t, "", "create", "-f", file).code)
			f := w.forward(t, identity{file: w.kubeconfig}, 3, "--address", "127.0.0.1", "svc/"+workload, ":80", ":raw", ":web")
			for i, target := range []string{"8081", "8080", "8081"} {
				require.True(t, strings.HasSuffix(f.lines[i], " -> "+target), f.lines[i])
			}
			text, err := io.ReadAll(f.connect(t, 0))
			require.NoError(t, err)
			require.Equal(t, "hello\n", string(text))
			echoes(t, f.connect(t, 1), 10)
			done := w.kx(t, "", "port-forward", "service/"+workload, ":8080")
			require.Equal(t, result{"", "error: the service has no TCP port \"8080\": it has web (80), raw (7)\n", 1}, done)
		}})
	}
	return all
}

// emptyWorkload creates a deployment without replicas. Its selector matches the pods of replica.
func (w *world) emptyWorkload(t *testing.T) string {
	t.Helper()
	name := "web-" + w.name()
	_, err := resources.New[resources.Deployment](w.client).CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%[1]q},
		"spec":{"replicas":0,"selector":{"matchLabels":{"app":%[1]q}},"template":{"metadata":{"labels":{"app":%[1]q}},"spec":{"containers":[%[2]s]}}}}`, name, listening))
	require.NoError(t, err)
	return name
}

// replica creates a pod of a workload, and waits until it is ready and listens.
func (w *world) replica(t *testing.T, workload string) string {
	t.Helper()
	name := w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{"app":%q}},
		"spec":{"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,"containers":[%s]}}`, w.name(), workload, listening)).Metadata.Name
	eventually(t, "the pod is ready", func() bool {
		for _, c := range w.get(t, name).Status.Conditions {
			if c.Type == "Ready" && c.Status == "True" {
				return true
			}
		}
		return false
	})
	w.awaitPorts(t, name)
	return name
}

// forwarder is a running kx port-forward.
type forwarder struct {
	cmd    *exec.Cmd
	lines  []string // one for each listener
	stderr *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// forward starts kx port-forward as the user id, and waits until it has printed a line for each
// listener. On a machine without ::1 it waits for one line less.
func (w *world) forward(t *testing.T, id identity, listeners int, args ...string) *forwarder {
	t.Helper()
	f := &forwarder{stderr: new(lockedBuffer)}
	f.cmd = exec.CommandContext(within(t, commandLimit), w.kxProgram, append([]string{"--kubeconfig", id.file, "-n", w.config.Namespace, "port-forward"}, args...)...)
	f.cmd.Env = append(os.Environ(), id.env...)
	f.cmd.Stderr = f.stderr
	stdout, err := f.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, f.cmd.Start())
	t.Cleanup(func() {
		_ = f.cmd.Process.Kill() // it may have ended
		_ = f.cmd.Wait()
	})
	reader := bufio.NewReader(stdout)
	for range listeners {
		if len(f.lines) > 0 && !strings.Contains(strings.Join(args, " "), "--address") && !hasIPv6() {
			break
		}
		line, err := reader.ReadString('\n')
		require.NoError(t, err, "%s", f.stderr)
		f.lines = append(f.lines, strings.TrimSuffix(line, "\n"))
	}
	return f
}

func hasIPv6() bool {
	l, err := net.Listen("tcp", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

// port returns the local port of a line.
func (f *forwarder) port(i int) string {
	address := strings.Fields(f.lines[i])[2]
	return address[strings.LastIndex(address, ":")+1:]
}

// connect connects to the listener of a line.
func (f *forwarder) connect(t *testing.T, i int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+f.port(i))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(waitLimit)))
	return conn
}

// resets requires that a connection is reset. The reset may arrive before Dial returns.
func (f *forwarder) resets(t *testing.T, i int) {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:"+f.port(i))
	if err == nil {
		defer conn.Close()
		_, err = io.ReadAll(conn)
	}
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

// interrupt sends SIGINT, as ^C does, and returns the exit status.
func (f *forwarder) interrupt(t *testing.T) int {
	t.Helper()
	require.NoError(t, f.cmd.Process.Signal(os.Interrupt))
	_ = f.cmd.Wait() // the exit status shows its error
	require.True(t, f.cmd.ProcessState.Exited(), "kx did not end within %s of its start", commandLimit)
	return f.cmd.ProcessState.ExitCode()
}
