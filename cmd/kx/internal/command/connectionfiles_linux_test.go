package command

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/internal/leasetest"
)

func TestAnInterruptEndsAReadThatHangs(t *testing.T) {
	c := clitest.Start(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	token := c.Write("token", "secret")
	hangs := clitest.KubeconfigFor(t, c.URL(), ", insecure-skip-tls-verify: true", "tokenFile: "+token)
	leasetest.Hang(t, token)
	for name, args := range map[string][]string{
		"a kubeconfig that is a pipe":      {"--kubeconfig", pipe, "get", "pods"},
		"config, of a pipe":                {"--kubeconfig", pipe, "config", "get-contexts"},
		"a token file that hangs":          {"--kubeconfig", hangs, "get", "pods"},
		"a token file that hangs, of exec": {"--kubeconfig", hangs, "exec", "shell", "--", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(clitest.WithLimit(t))
			cancel(errors.New("interrupt"))
			var out, messages bytes.Buffer
			code := clitest.Run(ctx, strings.NewReader(""), &out, &messages, args)
			require.Equal(t, "error: interrupted\n", messages.String())
			require.NotZero(t, code)
			require.Empty(t, out.String())
		})
	}
	end, err := os.OpenFile(pipe, os.O_RDWR, 0) // the reads of the pipe end
	require.NoError(t, err)
	require.NoError(t, end.Close())
}
