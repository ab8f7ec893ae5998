package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

const pluginEnv = "KX_TEST_PLUGIN"

// TestMain makes the test binary a credential plugin when a test runs it as one.
func TestMain(m *testing.M) {
	if os.Getenv(pluginEnv) != "" {
		playPlugin(os.Args[1:])
		return
	}
	os.Exit(m.Run())
}

// playPlugin runs steps such as "cat=FILE".
func playPlugin(steps []string) {
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "test plugin:", err)
			os.Exit(99)
		}
	}
	names := []string{"", "one", "two", "three"}
	number := 0
	for _, step := range steps {
		verb, arg, _ := strings.Cut(step, "=")
		switch verb {
		case "cat":
			if number > 0 {
				arg = filepath.Join(arg, names[number])
			}
			b, err := os.ReadFile(arg)
			must(err)
			_, err = os.Stdout.Write(b)
			must(err)
		case "count": // appends a byte, which counts the runs
			f, err := os.OpenFile(arg, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			must(err)
			_, err = f.WriteString("x")
			must(err)
			must(f.Close())
		// "numbered" makes cat read the file "one", "two" or "three", by the number of the run.
		case "numbered":
			b, err := os.ReadFile(arg)
			must(err)
			number = len(b)
		case "info":
			must(os.WriteFile(arg, []byte(os.Getenv("KUBERNETES_EXEC_INFO")), 0o600))
		case "env":
			must(os.WriteFile(arg, []byte(os.Args[0]+"\n"+strings.Join(os.Environ(), "\n")), 0o600))
		case "line": // saves a line of standard input, read byte by byte
			var line []byte
			for char := make([]byte, 1); ; line = append(line, char[0]) {
				n, err := os.Stdin.Read(char)
				if n == 0 || err != nil || char[0] == '\n' {
					break
				}
			}
			must(os.WriteFile(arg, line, 0o600))
		case "stderr":
			fmt.Fprint(os.Stderr, arg)
		case "gate": // connects to the gate, and waits until the test closes the connection
			conn, err := net.Dial("tcp", arg)
			must(err)
			_, _ = io.Copy(io.Discard, conn)
		case "flood": // prints many bytes, and ignores SIGPIPE
			signal.Ignore(syscall.SIGPIPE)
			n, err := strconv.Atoi(arg)
			must(err)
			for block := []byte(strings.Repeat("s3cret\n", 1000)); n > 0 && err == nil; n -= len(block) {
				_, err = os.Stdout.Write(block)
			}
		case "child": // starts a process that keeps the output open until its gate opens
			cmd := exec.Command(os.Args[0], "gate="+arg)
			cmd.Path, _ = os.Executable()
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			must(cmd.Start())
		case "exit":
			code, err := strconv.Atoi(arg)
			must(err)
			os.Exit(code)
		case "kill":
			self, err := os.FindProcess(os.Getpid())
			must(err)
			must(self.Kill())
			time.Sleep(time.Minute) // until the signal arrives
		default:
			must(fmt.Errorf("no step %q", step))
		}
	}
}

const (
	execV1      = "client.authentication.k8s.io/v1"
	execV1beta1 = "client.authentication.k8s.io/v1beta1"
)

// plugin returns a credential plugin that runs steps.
func plugin(t testing.TB, steps ...string) *kubeconfig.ExecConfig {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &kubeconfig.ExecConfig{
		APIVersion: execV1, Command: self, Args: steps, InteractiveMode: kubeconfig.InteractiveIfAvailable,
		Env: []kubeconfig.ExecEnvVar{
			{Name: pluginEnv, Value: "1"},
			{Name: "GORACE", Value: "atexit_sleep_ms=0"}, // the race detector's default is a second
		},
	}
}

// statusAnswer returns a plugin's output with this status.
func statusAnswer(status string) []byte {
	return fmt.Appendf(nil, `{"kind":"ExecCredential","apiVersion":%q,"status":%s}`, execV1, status)
}

func tokenAnswer(token string) []byte { return statusAnswer(fmt.Sprintf(`{"token":%q}`, token)) }

// gate is a listener at which a plugin waits for the test.
type gate struct {
	addr    string
	arrived chan net.Conn
}

func newGate(t testing.TB) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{addr: l.Addr().String(), arrived: make(chan net.Conn, 100)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			g.arrived <- conn
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		close(g.arrived)
		for conn := range g.arrived {
			conn.Close()
		}
	})
	return g
}

func (g *gate) step() string { return "gate=" + g.addr }

// wait waits until a plugin connects. The plugin continues when the connection is closed.
func (g *gate) wait(t testing.TB) net.Conn {
	t.Helper()
	select {
	case conn := <-g.arrived:
		t.Cleanup(func() { conn.Close() })
		return conn
	case <-time.After(time.Minute):
		require.Fail(t, "the plugin did not connect to its gate within a minute")
		return nil
	}
}

// requireGone requires that the process at the other end of conn ends.
func requireGone(t testing.TB, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err := io.ReadAll(conn)
	require.False(t, os.IsTimeout(err), "the plugin still runs after a minute")
}

// runs returns the number of runs, each of which appended a byte to file.
func runs(t testing.TB, file string) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return 0
	}
	require.NoError(t, err)
	return len(b)
}

var errGaveUp = errors.New("gave up")

func contextWithCause(t testing.TB) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	return ctx, cancel
}

func makeExecutable(t testing.TB, files ...string) {
	for _, file := range files {
		require.NoError(t, os.Chmod(file, 0o700))
	}
}
