//go:build unix

package cli

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func TestTheExamplesOfPortForwardListen(t *testing.T) {
	c := startSandbox(t)
	self, err := os.Executable()
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.Symlink(self, filepath.Join(folder, "kx")))
	for _, example := range portForwardHelp.Examples {
		// Without its number a local port is a free one.
		line := regexp.MustCompile(` \d+:`).ReplaceAllString(example.CommandLine, " :")
		cmd := exec.CommandContext(clitest.WithLimit(t), "sh", "-c", "exec "+line)
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "KUBECONFIG="+c.KubeconfigFile, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
		cmd.Stderr = os.Stderr
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		said, err := bufio.NewReader(stdout).ReadString('\n')
		require.NoError(t, err, "kx did not listen within %s: %s", clitest.Limit, line)
		require.Regexp(t, `^Forwarding from \S+:\d+ -> \d+\n$`, said)
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		require.NoError(t, cmd.Wait(), "kx did not end within %s of an interrupt", clitest.Limit)
	}
}

// A client of localhost would reach one of two programs.
func TestPortForwardDoesNotShareLocalhostWithAnotherProgram(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Skip("without ", address)
		}
		t.Cleanup(func() { l.Close() })
		done := clitest.Start(t).Kx("port-forward", "shell", fmt.Sprintf("%d:80", l.Addr().(*net.TCPAddr).Port))
		require.Equal(t, command.ExitFailed, done.Code)
		require.Contains(t, done.Err, fmt.Sprintf("error: cannot listen at %s: address already in use", l.Addr()))
		require.Empty(t, done.Out)
	}
}
