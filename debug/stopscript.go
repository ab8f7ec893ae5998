package debug

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kx-k8s/kx/subresource"
)

// stopScript sends SIGTERM, then SIGKILL, to all other processes in its own mount namespace, and
// prints the IDs of those that are left. $1 is the grace in seconds. It does not touch a process
// whose namespace it cannot read.
//
//go:embed stop.sh
var stopScript string

// cannotCompare is the script's exit code when its shell cannot compare mount namespaces.
const cannotCompare = 3

// sendSignals runs stopScript in c. It returns an error if processes may be left.
func (o *StopOptions) sendSignals(ctx context.Context, pods *podAPI, c *EphemeralContainer) error {
	grace := o.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	ctx, cancel := context.WithTimeoutCause(ctx, grace+statusTimeout,
		errors.New("the shell in it does not end"))
	defer cancel()
	seconds := int((grace + time.Second - 1) / time.Second)
	res, err := subresource.Exec(pods).Run(ctx, c.Pod, subresource.ExecOptions{
		Container: c.Name, Command: []string{"sh", "-c", stopScript, "sh", strconv.Itoa(seconds)},
	})
	if errors.As(err, new(*subresource.LostError)) { // the shell has ended with the container
		return nil
	}
	if err != nil {
		return fmt.Errorf("no shell runs in it to end its processes: %w", err)
	}
	left := strings.Fields(string(res.Stdout))
	switch {
	case res.ExitCode == cannotCompare:
		return errors.New(
			"its shell cannot tell its processes from those of other containers, so no signal " +
				"was sent")
	case slices.Contains(left, "1"):
		return errors.New(
			"process 1 ignores signals from inside the container, which has no target; " +
				"the container ends with its program, or with the pod")
	case len(left) > 0:
		return fmt.Errorf(
			"no signal ends its processes %s: they belong to another user, or wait for a device",
			strings.Join(left, " "))
	}
	return nil
}
