package credential

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// fileReadTimeout is how long requests wait for one read of files, all of them together.
// It is half of what a TLS handshake may take, because a handshake reads files too.
const fileReadTimeout = 5 * time.Second

// sharedRead runs a function that reads files, in one goroutine at a time. All callers share it.
//
// Nothing can interrupt a read from a file system that hangs. So callers wait until fileReadTimeout
// has passed since the read began, and then go on with what was read before. Later callers do not
// wait.
type sharedRead struct {
	mu    sync.Mutex
	done  chan struct{} // closed at the end of the running read; nil while none runs
	since time.Time
}

// first runs the first read, which a client cannot do without, and returns its error. what names
// the files.
func (r *sharedRead) first(what string, read func() error) error {
	result := make(chan error, 1)
	r.run(context.Background(), func() { result <- read() })
	select {
	case err := <-result:
		return err
	default:
		return fmt.Errorf("transport: reading %s takes more than %v: check the file system", what,
			fileReadTimeout)
	}
}

// run waits for the running read, and starts one with read when none runs.
func (r *sharedRead) run(ctx context.Context, read func()) {
	r.mu.Lock()
	if r.done == nil {
		r.done, r.since = make(chan struct{}), time.Now()
		go r.readAndClose(read)
	}
	done, since := r.done, r.since
	r.mu.Unlock()
	waitForRead(ctx, done, since)
}

// runFresh is like run, but a read that is running now does not count: it may have begun too
// early to see the latest content. runFresh waits for its end and starts another.
func (r *sharedRead) runFresh(ctx context.Context, read func()) {
	r.mu.Lock()
	done, since := r.done, r.since
	r.mu.Unlock()
	if done != nil {
		waitForRead(ctx, done, since)
	}
	r.run(ctx, read)
}

func waitForRead(ctx context.Context, done <-chan struct{}, since time.Time) {
	timer := time.NewTimer(fileReadTimeout - time.Since(since))
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (r *sharedRead) readAndClose(read func()) {
	read()
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.done)
	r.done = nil
}
