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

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// stopScript sends SIGTERM and then SIGKILL to all processes in its own mount namespace but itself, and prints those that are left. It takes the grace in seconds.
// A process whose mount namespace cannot be read is not touched.
//
//go:embed stop.sh
var stopScript string

// cannotTell is the script's code in a shell or a container in which it cannot tell processes apart.
const cannotTell = 3

// signal has a shell in c end the processes of c. The error is why some go on.
func (o *StopOptions) signal(ctx context.Context, pods *resources.API[resources.PodOutline], c *Container) error {
	grace := o.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	ctx, cancel := context.WithTimeoutCause(ctx, grace+stoppedWithin, errors.New("its shell does not end"))
	defer cancel()
	res, err := subresource.Exec(pods).Run(ctx, c.Pod, subresource.ExecOptions{
		Container: c.Name, Command: []string{"sh", "-c", stopScript, "sh", strconv.Itoa(int((grace + time.Second - 1) / time.Second))},
	})
	if errors.As(err, new(*subresource.LostError)) { // the container's end is that of the shell, as is a code of 137
		return nil
	}
	if err != nil {
		return fmt.Errorf("there is no shell to end its processes with: %w", err)
	}
	left := strings.Fields(string(res.Stdout))
	switch {
	case res.ExitCode == cannotTell:
		return errors.New("its shell cannot tell its processes from those of other containers, so no signal was sent")
	case slices.Contains(left, "1"):
		return errors.New("it has no target, and so a process namespace of its own, whose first process no signal from within ends unless it handles SIGTERM; it ends by itself, or with the pod")
	case len(left) > 0:
		return fmt.Errorf("no signal ends its processes %v: they are another user's, or wait for a device", left)
	}
	return nil
}
