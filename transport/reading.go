package transport

import (
	"context"
	"sync"
	"time"
)

// patience is how long requests wait for files to be read, all of them together. It leaves a handshake, which reads too, half of its time.
const patience = 5 * time.Second

// reading has files read, by one goroutine at a time. Nothing ends a read from a file system that hangs, or from a pipe that nobody writes to:
// a request then goes on with what was read before, and the next ones do not wait.
type reading struct {
	mu    sync.Mutex
	done  chan struct{} // of the read that is under way, nil without one
	since time.Time
}

// join waits for the read that is under way, or has read run.
func (r *reading) join(ctx context.Context, read func()) {
	r.mu.Lock()
	if r.done == nil {
		if read == nil {
			r.mu.Unlock()
			return
		}
		r.done, r.since = make(chan struct{}), time.Now()
		go r.run(read)
	}
	done, left := r.done, patience-time.Since(r.since)
	r.mu.Unlock()
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// anew is like join, but what is under way now does not do: it may have come too early.
func (r *reading) anew(ctx context.Context, read func()) {
	r.join(ctx, nil)
	r.join(ctx, read)
}

func (r *reading) run(read func()) {
	read()
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.done)
	r.done = nil
}
