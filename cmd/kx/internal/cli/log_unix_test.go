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
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// The server answers the first request twice. net/http then closes that connection, and logs what
// came on it.
func TestTheStandardLoggerOfTheCommandIsSilent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	answer := func(conn net.Conn, body string) error {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		return err
	}
	served := make(chan error, 1)
	go func() {
		served <- func() error {
			first, err := listener.Accept()
			if err != nil {
				return err
			}
			defer first.Close()
			pod := `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","namespace":"default","uid":"1"},"spec":{"containers":[{"name":"app"}]},` +
				`"status":{"phase":"Running","containerStatuses":[{"name":"app","ready":true,` +
				`"containerID":"c://1","state":{"running":{}}}]}}`
			if err := answer(first, pod); err != nil {
				return err
			}
			if _, err := io.WriteString(first, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ns3cret"); err != nil {
				return err
			}
			second, err := listener.Accept()
			if err != nil {
				return err
			}
			defer second.Close()
			_, _ = io.Copy(io.Discard, first) // ends when net/http has logged
			return answer(second, "2026-01-01T00:00:00.000000000Z hello\n")
		}()
	}()
	self, err := os.Executable()
	require.NoError(t, err)
	kx := filepath.Join(t.TempDir(), "kx")
	require.NoError(t, os.Symlink(self, kx))
	cmd := exec.CommandContext(clitest.WithLimit(t), kx,
		"--server", "http://"+listener.Addr().String(), "--kubeconfig",
		clitest.WriteFile(t, "config", "kind: Config\napiVersion: v1\n"), "logs", "web-0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", &stderr)
	require.NoError(t, <-served)
	require.Equal(t, "hello\n", stdout.String())
	require.Empty(t, stderr.String())
}
