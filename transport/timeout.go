package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// TimeoutError says that the server did not answer within the request's time limit, or that there was no connection to it until then. It wraps context.DeadlineExceeded.
type TimeoutError struct {
	Method, Path string
	Limit        time.Duration
	// OutcomeUnknown is true for a write that had been sent: it may have happened.
	OutcomeUnknown bool

	unconnected string // the server, and the proxy, while there was no connection to it
	advice      string
}

func (e *TimeoutError) Error() string {
	if e.unconnected != "" {
		return fmt.Sprintf("%s %s: there was no connection to %s within %v; %s, or raise the request timeout", e.Method, e.Path, e.unconnected, e.Limit, e.advice)
	}
	s := fmt.Sprintf("%s %s: the server did not finish its answer within %v; raise the request timeout, or look at the server's load", e.Method, e.Path, e.Limit)
	if e.OutcomeUnknown {
		s += "; " + outcomeUnknownAdvice
	}
	return s
}

// Is matches context.DeadlineExceeded, and ErrOutcomeUnknown where that holds.
func (e *TimeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded || (target == ErrOutcomeUnknown && e.OutcomeUnknown)
}

// Timeout is true, as net.Error has it.
func (e *TimeoutError) Timeout() bool { return true }

var errLimit = errors.New("the request's time limit ran out")

// wait limits how long the server may keep us waiting: until its headers and, unless the answer is a stream, in reads of its body.
// Time that the caller takes between two reads does not count, nor does a credential plugin's.
type wait struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	limit  time.Duration
	stream bool

	mu    sync.Mutex
	timer *time.Timer
	since time.Time
	left  time.Duration
}

func newWait(ctx context.Context, limit time.Duration, stream bool) *wait {
	w := &wait{limit: limit, left: limit, stream: stream}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.start()
	return w
}

func (w *wait) start() {
	if w.limit <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
	if w.timer == nil {
		w.timer = time.AfterFunc(w.left, func() { w.cancel(errLimit) })
		return
	}
	w.timer.Reset(w.left)
}

func (w *wait) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		return
	}
	w.timer.Stop()
	w.left = max(w.left-time.Since(w.since), 0)
}

func (w *wait) stop() {
	w.pause()
	w.cancel(context.Canceled)
}

// allows reports whether the limit leaves d more.
func (w *wait) allows(d time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.timer == nil || w.left-time.Since(w.since) > d
}

// pauseLimit has the time limit of the request that ctx is of stand still: it is on the server, and not on a plugin, which may ask for a password.
func pauseLimit(ctx context.Context) (resume func()) {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return func() {}
	}
	c.limit.pause()
	return c.limit.start
}

func (w *wait) expired() bool { return context.Cause(w.ctx) == errLimit }

// body gives the answer's body: its reads count against the limit, and closing it frees the context.
// Errors go through explain, but for io.EOF while the context holds.
func (w *wait) body(b io.ReadCloser, explain func(error) error) io.ReadCloser {
	w.pause()
	if w.stream {
		w.limit = 0
	}
	return &waitBody{ReadCloser: b, wait: w, explain: explain}
}

type waitBody struct {
	io.ReadCloser
	wait    *wait
	explain func(error) error
	closed  atomic.Bool
}

func (b *waitBody) Read(p []byte) (int, error) {
	b.wait.start()
	n, err := b.ReadCloser.Read(p)
	b.wait.pause()
	switch {
	case err == nil:
		return n, nil
	case b.closed.Load():
		return n, http.ErrBodyReadAfterClose
	case err == io.EOF && b.wait.ctx.Err() == nil:
		return n, err
	}
	// An end after our own cancellation may be the server's tidy way to break off, and no end of the answer.
	return n, b.explain(err)
}

// Close may be called while a Read waits, and makes it return.
func (b *waitBody) Close() error {
	b.closed.Store(true)
	err := b.ReadCloser.Close()
	b.wait.stop()
	return err
}
