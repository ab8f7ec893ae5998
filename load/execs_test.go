package load_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// execScript says that it runs, waits for a line, and ends with a code. $0 is the number.
const execScript = `echo ready $0; read -r line; echo "$0 got $line"; echo "$0 failed" >&2; exit $(($0 % 100))`

func TestEachOfManyExecsAtOnceHasItsOwnOutputAndExitCode(t *testing.T) {
	w, n := newWorld(t), size(200, 20)
	ctx := within(t, limit)
	client := w.connect(t)
	require.NoError(t, createPod(ctx, resources.New[resources.Pod](client), "shared", "sleep 3600"))
	client.Close()

	load := begin()
	client = w.connect(t)
	endpoint := subresource.Exec(resources.New[resources.Pod](client))
	allRun := newBarrier(n)
	err := atOnce(ctx, n, func(ctx context.Context, i int) error {
		return execOne(ctx, endpoint, i, allRun)
	})
	client.Close()
	require.NoError(t, err)
	load.end(t, "%d execs at once", n)
}

// execOne runs the script with a number, lets it end when all others run, and checks its output.
func execOne(ctx context.Context, endpoint *subresource.ExecEndpoint, i int, allRun *barrier) error {
	var stderr bytes.Buffer
	session, err := endpoint.Start(ctx, "shared", subresource.ExecOptions{
		Command:   []string{"sh", "-c", execScript, fmt.Sprint(i)},
		StdinPipe: true, StdoutPipe: true, Stderr: &stderr})
	if err != nil {
		return err
	}
	defer session.Close()
	output := bufio.NewReader(session.StdoutPipe())
	first, err := output.ReadString('\n')
	if err != nil {
		return err
	}
	err = allRun.arrive(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(session.StdinPipe(), "line %d\n", i)
	if err != nil {
		return err
	}
	rest, err := io.ReadAll(output)
	if err != nil {
		return err
	}
	err = session.Wait()
	code := 0
	exit, failed := errors.AsType[*subresource.ExitError](err)
	if failed {
		code = exit.Code
	} else if err != nil {
		return err
	}
	got := fmt.Sprintf("%s%s%s%d", first, rest, stderr.String(), code)
	wanted := fmt.Sprintf("ready %d\n%d got line %d\n%d failed\n%d", i, i, i, i, i%100)
	if got != wanted {
		return fmt.Errorf("got %q, not %q", got, wanted)
	}
	return nil
}
