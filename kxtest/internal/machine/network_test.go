package machine_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// dialled waits until something listens on the port, and connects to it.
func dialled(t *testing.T, n *machine.Network, port int) *machine.Conn {
	t.Helper()
	var conn *machine.Conn
	require.Eventually(t, func() (ok bool) {
		var err error
		conn, err = n.Dial(port)
		return err == nil
	}, limit, time.Millisecond)
	return conn
}

// networked starts a command in a machine with a network.
func networked(
	t *testing.T,
	stdin string,
	args ...string,
) (*machine.Network, *machine.Machine, *machine.Process, *bytes.Buffer) {
	t.Helper()
	n := machine.NewNetwork()
	m := machine.New(machine.Config{Image: "busybox", Network: n})
	t.Cleanup(m.Kill)
	var out bytes.Buffer
	p, err := m.Start(args, machine.IO{Stdin: bytes.NewReader([]byte(stdin)), Stdout: &out, Stderr: &out})
	require.NoError(t, err)
	return n, m, p, &out
}

func TestNcRunsAProgramForEachConnection(t *testing.T) {
	n, m, p, _ := networked(t, "", "nc", "-ll", "-p", "80", "-e", "cat")
	first, second := dialled(t, n, 80), dialled(t, n, 80)
	for _, conn := range []*machine.Conn{second, first} {
		_, err := io.WriteString(conn, "hello")
		require.NoError(t, err)
		require.NoError(t, conn.CloseWrite())
		text, err := io.ReadAll(conn)
		require.NoError(t, err)
		require.Equal(t, "hello", string(text))
	}
	third := dialled(t, n, 80)
	m.Kill()
	require.Equal(t, 137, p.Wait())
	_, err := io.ReadAll(third)
	require.NoError(t, err, "the end of a killed program's connection")
	_, err = n.Dial(80)
	require.Equal(t, syscall.ECONNREFUSED, err)
}

func TestNcTakesOneConnectionWithoutLL(t *testing.T) {
	n, _, p, out := networked(t, "from inside", "nc", "-l", "-p", "80")
	conn := dialled(t, n, 80)
	_, err := io.WriteString(conn, "from outside")
	require.NoError(t, err)
	text, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.Equal(t, "from inside", string(text))
	require.NoError(t, conn.CloseWrite())
	require.Equal(t, 0, p.Wait())
	require.Equal(t, "from outside", out.String())

	n, _, p, _ = networked(t, "", "nc", "-l", "-p", "80", "-e", "sh", "-c", "echo hello; exit 5")
	text, err = io.ReadAll(dialled(t, n, 80))
	require.NoError(t, err)
	require.Equal(t, "hello\n", string(text))
	require.Equal(t, 5, p.Wait())
}

func TestNcRefusesUnsupportedOptions(t *testing.T) {
	for script, want := range map[string]string{
		"nc -l -p x":        "nc: bad port 'x'\n",
		"nc -l -p 80 -e":    "nc: option requires an argument -- 'e'\n",
		"nc example.com 80": "nc: kxtest's nc only listens: -l -p PORT\n",
	} {
		_, _, p, out := networked(t, "", "sh", "-c", script)
		require.Equal(t, 1, p.Wait())
		require.Equal(t, want, out.String())
	}
	n, m, _, _ := networked(t, "", "nc", "-ll", "-p", "80", "-e", "cat")
	dialled(t, n, 80)
	var out bytes.Buffer
	second, err := m.Start([]string{"nc", "-l", "-p", "80"}, machine.IO{Stderr: &out})
	require.NoError(t, err)
	require.Equal(t, 1, second.Wait())
	require.Equal(t, "nc: bind: Address already in use\n", out.String())
}

func TestAConnectionHasDeadlines(t *testing.T) {
	n, _, _, _ := networked(t, "", "nc", "-ll", "-p", "80", "-e", "sleep", "60")
	conn := dialled(t, n, 80)
	require.NoError(t, conn.SetDeadline(time.Now().Add(-time.Second)))
	_, err := conn.Read(make([]byte, 1))
	require.Equal(t, os.ErrDeadlineExceeded, err)
	_, err = conn.Write(make([]byte, 1))
	require.Equal(t, os.ErrDeadlineExceeded, err)
	require.NoError(t, conn.SetDeadline(time.Time{}))
	reading := make(chan error, 1)
	go func() { _, err := conn.Read(make([]byte, 1)); reading <- err }()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Hour)))
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Millisecond)))
	require.Equal(t, os.ErrDeadlineExceeded, <-reading)
	written, err := conn.Write(make([]byte, 64<<10))
	require.NoError(t, err)
	require.Equal(t, 64<<10, written, "the capacity of a pipe")
	writing := make(chan error, 1)
	go func() { _, err := conn.Write(make([]byte, 1)); writing <- err }()
	require.NoError(t, conn.SetWriteDeadline(time.Now().Add(time.Millisecond)))
	require.Equal(t, os.ErrDeadlineExceeded, <-writing)
}

func TestAListenerClosesWithItsProcess(t *testing.T) {
	n := machine.NewNetwork()
	accepted := make(chan net.Conn, 1)
	listens := func(_ context.Context, p *machine.Process) int {
		l, err := p.Listen(0)
		if err != nil || l.Addr().String() != "127.0.0.1:32768" {
			return 1
		}
		conn, err := l.Accept()
		if err != nil {
			return 2
		}
		accepted <- conn
		return 0
	}
	m := machine.New(
		machine.Config{Image: "busybox", Network: n, Programs: map[string]machine.Program{"listens": listens}},
	)
	defer m.Kill()
	p, err := m.Start([]string{"listens"}, machine.IO{})
	require.NoError(t, err)
	conn := dialled(t, n, 32768)
	require.Equal(t, 0, p.Wait())
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	_, err = (<-accepted).Write([]byte("x"))
	require.Equal(t, syscall.EPIPE, err)
}
