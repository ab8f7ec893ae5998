package debug

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kx-k8s/kx/transport"
)

// minAddTime is how long the requests before the wait may take under a shorter Timeout. Ending a
// write early would leave its outcome unknown.
const minAddTime = 10 * time.Second

// addLimit limits the requests up to the one that adds the container, and measures their time. The
// time of a credential plugin and of ConfirmImage does not count: they may ask the user.
type addLimit struct {
	timer *time.Timer // nil for no limit
	limit time.Duration

	mu    *sync.Mutex // guards began: requests may run at once
	began time.Time
}

// limitAdding returns the context of these requests. Options.added ends the limit.
func (o *Options) limitAdding(ctx context.Context) context.Context {
	timeout := cmp.Or(o.Timeout, DefaultTimeout)
	if timeout < 0 {
		return ctx
	}
	l := &o.adding
	l.limit, l.mu, l.began = max(timeout, minAddTime), new(sync.Mutex), time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	cause := addTimeoutError{l.limit}
	l.timer = time.AfterFunc(l.limit, func() { cancel(cause) })
	confirm := o.ConfirmImage
	if confirm != nil {
		o.ConfirmImage = func(image, why string) bool {
			defer l.pause()()
			return confirm(image, why)
		}
	}
	return transport.WithPluginPause(ctx, l.pause)
}

// addTimeoutError matches context.DeadlineExceeded.
type addTimeoutError struct{ limit time.Duration }

func (e addTimeoutError) Error() string {
	return fmt.Sprintf("the container was not added within %v: wait longer, or look at the "+
		"server's load", e.limit)
}

func (addTimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// pause stops the clock until resume is called.
func (l *addLimit) pause() (resume func()) {
	l.timer.Stop()
	paused := time.Now()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.began = l.began.Add(time.Since(paused))
		l.timer.Reset(l.limit - time.Since(l.began))
	}
}

// added ends the limit. The wait for the container gets what is left of Timeout.
func (o *Options) added() {
	l := &o.adding
	if l.timer == nil {
		return
	}
	l.timer.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	o.addTime = time.Since(l.began)
}
