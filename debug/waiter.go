package debug

import (
	"context"

	"github.com/kx-k8s/kx/resources"
)

// waiter waits for a container while others try to attach to it.
type waiter struct {
	changed chan struct{} // gets one for each change of the pod, if nobody has taken the last
	done    chan struct{} // closed once the container runs, has ended or cannot start
	res     Result        // and what has come of it then
	err     error
}

// startWaiting waits in a goroutine, which ends at the latest with ctx.
func startWaiting(ctx context.Context, pods *resources.API[resources.PodOutline], res Result, o *Options) *waiter {
	w := &waiter{changed: make(chan struct{}, 1), done: make(chan struct{}), res: res}
	go func() {
		defer close(w.done)
		w.err = awaitStart(ctx, pods, &w.res, o, func() {
			select {
			case w.changed <- struct{}{}:
			default:
			}
		})
	}()
	return w
}

// isDone reports whether the wait has ended.
func (w *waiter) isDone() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}
