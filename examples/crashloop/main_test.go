package main

import (
	"bufio"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/examples/internal/clustertest"
)

func TestAContainerThatCrashesIsReportedAndOneThatRunsIsNot(t *testing.T) {
	cluster := clustertest.Start(t)
	cluster.RunPod(t, "healthy-0", "sleep 3600")
	ctx, cancel := context.WithCancel(clustertest.Within(t))
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, cluster.Config, writer)
		_ = writer.CloseWithError(io.EOF)
		ended <- err
	}()
	cluster.CreatePod(t, "web-0", clustertest.Container(`echo "starting"; printf "no such file: \033[31mapp.conf\n"; exit 1`))

	lines := bufio.NewScanner(reader)
	require.True(t, lines.Scan(), "the program has ended early")
	require.Regexp(t, `^web-0/app: CrashLoopBackOff after [1-9] restarts: exit code 1 \(Error\): no such file: \\x1b\[31mapp\.conf$`, lines.Text())
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}
