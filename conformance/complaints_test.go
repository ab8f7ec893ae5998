package conformance_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

// complaints are behaviours that answer complaints about kubectl. Other files have more of them.
func complaints(tgt *target) []behaviour {
	all := []behaviour{
		{"complaint #73056, #124571, exec exits 0 on a lost connection: kx exits 125 and reports the loss", func(t *testing.T,
			w *world) {
			between := w.cutter(t)
			cmd := exec.CommandContext(within(t, commandLimit), w.kxProgram, "--kubeconfig", w.through(t, between), "-n",
				w.config.Namespace, "exec", w.running(t), "--", "sh", "-c", "echo begun; sleep 60")
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			require.NoError(t, cmd.Start())
			readUntil(t, stdout, "begun\n")
			between.cut()
			_ = cmd.Wait() // ProcessState has the result
			require.Equal(t, 125, cmd.ProcessState.ExitCode(), stderr.String())
			require.Contains(t, stderr.String(),
				"the stream was lost before the program's exit status arrived; the program may still run")
			require.Equal(t, 1, strings.Count(stderr.String(), "\n"), stderr.String())
		}},
		{"complaint #74551, port-forward dies: a lost connection to the server resets only that connection",
			func(t *testing.T, w *world) {
				between := w.cutter(t)
				name := w.listens(t)
				f := w.forward(t, identity{file: w.through(t, between)}, 1, "--address", "127.0.0.1", name, ":8080")
				conn := f.connect(t, 0)
				echoes(t, conn, 10)
				between.cut()
				_, err := io.ReadAll(conn)
				require.Error(t, err, "not an orderly end")
				eventually(t, "it is told", func() bool {
					return strings.HasPrefix(f.stderr.String(),
						`error: port 8080 of pod `+name+`: the connection to the server was lost`)
				})
				echoes(t, f.connect(t, 0), 10)
			}},
		{"complaint openshift/origin#15854, the exit code is lost: kx debug -i and kx attach exit with the container's " +
			"code", func(t *testing.T, w *world) {
			name := w.running(t)
			done := w.kx(t, "read line; exit 9\n", "debug", name, "--image", image, "--image-pull-policy", "Never",
				"-c", "debugger", "-i", "--attach=false", "-q", "--", "sh")
			require.Equal(t, 0, done.code, done.stderr)
			require.Equal(t, 9, w.kx(t, "exit 9\n", "attach", name, "-c", "debugger", "-i", "-q").code)
			require.Equal(t, 7, w.kx(t, "", "debug", name, "--image", image, "--image-pull-policy", "Never", "-i",
				"-q", "--", "sh", "-c", "exit 7").code)
		}},
	}
	if !tgt.version4 { // v4 has no way to end stdin
		all = append(all, behaviour{"complaint kubectl#1076, processes are orphaned when the client dies: on a signal " +
			"kx ends their stdin", func(t *testing.T, w *world) {
			name := w.running(t)
			cmd := exec.CommandContext(within(t, commandLimit), w.kxProgram, "--kubeconfig", w.kubeconfig, "-n",
				w.config.Namespace, "exec", name, "-i", "--", "sh", "-c", "echo begun; cat; echo over; exit 3")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			stdin, err := cmd.StdinPipe()
			require.NoError(t, err)
			defer stdin.Close()
			require.NoError(t, cmd.Start())
			readUntil(t, stdout, "begun\n")
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
			text, err := io.ReadAll(stdout)
			require.NoError(t, err)
			_ = cmd.Wait() // ProcessState has the result
			require.Equal(t, "over\n", string(text))
			require.Equal(t, 3, cmd.ProcessState.ExitCode(), stderr.String())
			w.runs(t, name, "cat", false)
		}})
	}
	return all
}

// runs waits until a pod runs a process with these words, or until it runs none.
func (w *world) runs(t *testing.T, pod, words string, does bool) {
	t.Helper()
	eventually(t, "the processes of "+pod, func() bool {
		res, err := w.exec(t, pod, subresource.ExecOptions{Command: []string{"ps"}})
		require.NoError(t, err)
		found := false
		for line := range strings.Lines(string(res.Stdout)) {
			found = found || strings.HasSuffix(strings.TrimRight(line, "\n"), " "+words)
		}
		return found == does
	})
}

// cutter forwards connections to the server until cut is called.
type cutter struct {
	listener net.Listener
	server   string
	mu       sync.Mutex
	conns    []net.Conn
}

func (w *world) cutter(t *testing.T) *cutter {
	t.Helper()
	server, err := url.Parse(w.config.Server)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cutter{listener: l, server: server.Host}
	t.Cleanup(func() {
		l.Close()
		c.cut()
	})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.mu.Lock()
			c.conns = append(c.conns, conn)
			c.mu.Unlock()
			go relay(conn, c.server)
		}
	}()
	return c
}

// cut resets the open connections, as a network failure does.
func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.(*net.TCPConn).SetLinger(0) // fails if the connection has ended
		conn.Close()
	}
	c.conns = nil
}

// through writes the kubeconfig of an administrator who connects through c, with TLS to the server.
func (w *world) through(t *testing.T, c *cutter) string {
	t.Helper()
	server, err := url.Parse(w.config.Server)
	require.NoError(t, err)
	cfg := *w.config
	if cfg.TLS.ServerName == "" {
		cfg.TLS.ServerName = server.Hostname()
	}
	server.Host = c.listener.Addr().String()
	cfg.Server = server.String()
	return w.write(t, &cfg, w.administrator(t))
}
