//go:build unix

package cli_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// net/http closes a connection on which an answer comes that nobody has asked for, and logs it.
func TestTheStandardLoggerOfTheCommandIsSilent(t *testing.T) {
	const tries = 50 // kx may send its second request before net/http sees the second answer
	for range tries {
		stdout, stderr := answeredTwice(t)
		if strings.Contains(stderr, "no plain text") {
			continue
		}
		require.Equal(t, "[pod/web-0/app] hello\n", stdout)
		require.Empty(t, stderr)
		return
	}
	require.Fail(t, "kx took each second answer for that to its second request")
}

// answeredTwice runs kx logs with a server that answers the first request twice.
func answeredTwice(t *testing.T) (stdout, stderr string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	answer := func(conn net.Conn, body, more string) {
		_, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s%s", len(body), body, more)
		}
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		first, err := listener.Accept()
		if err != nil {
			return
		}
		defer first.Close()
		answer(first, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"default","uid":"1"},"spec":{"containers":[{"name":"app"}]},`+
			`"status":{"phase":"Running","containerStatuses":[{"name":"app","ready":true,`+
			`"containerID":"c://1","state":{"running":{}}}]}}`,
			"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ns3cret")
		second, err := listener.Accept()
		if err != nil {
			return
		}
		defer second.Close()
		_, _ = io.Copy(io.Discard, first) // ends when net/http has logged
		answer(second, "2026-01-01T00:00:00.000000000Z hello\n", "")
	}()
	self, err := os.Executable()
	require.NoError(t, err)
	kx := filepath.Join(t.TempDir(), "kx")
	require.NoError(t, os.Symlink(self, kx))
	// with --prefix both requests use one connection
	cmd := exec.CommandContext(clitest.WithLimit(t), kx,
		"--server", "http://"+listener.Addr().String(), "--kubeconfig",
		clitest.WriteFile(t, "config", "kind: Config\napiVersion: v1\n"), "logs", "web-0", "--prefix")
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	_ = cmd.Run() // what it prints says whether it failed
	listener.Close()
	<-served
	return out.String(), messages.String()
}
