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

// TimeoutError reports that a request's time limit expired before the server had answered, or
// before there was a connection to it. It matches context.DeadlineExceeded.
type TimeoutError struct {
	Method, Path string
	Limit        time.Duration
	// OutcomeUnknown is true if a write was sent: it may have been carried out.
	OutcomeUnknown bool
	// Refusal is the server's last answer before the limit expired, such as "no leader (500)", if
	// the request was sent again after it.
	Refusal string

	unconnected string // the server and its proxy, if there was no connection
	advice      string
}

func (e *TimeoutError) Error() string {
	if e.unconnected != "" {
		return fmt.Sprintf(
			"%s %s: there was no connection to %s within %v; %s; or raise the request timeout",
			e.Method, e.Path, e.unconnected, e.Limit, e.advice)
	}
	s := fmt.Sprintf("%s %s: the server did not finish its answer within %v; "+
		"raise the request timeout, or look at the server's load", e.Method, e.Path, e.Limit)
	if e.Refusal != "" {
		s += afterRefusal + e.Refusal
	}
	if e.OutcomeUnknown {
		s += "; " + outcomeUnknownAdvice
	}
	return s
}

// Is matches context.DeadlineExceeded, and ErrOutcomeUnknown if OutcomeUnknown is set.
func (e *TimeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded || (target == ErrOutcomeUnknown && e.OutcomeUnknown)
}

// Timeout returns true, as net.Error defines it.
func (e *TimeoutError) Timeout() bool { return true }

// afterRefusal introduces the last answer of a request whose time ran out.
const afterRefusal = "; the last answer was: "

var errLimitExpired = errors.New("the request's time limit expired")

// timeLimit limits how long a request waits for the server: for the headers and, if the answer is
// no stream, in each read of the body.
//
// The time between two reads does not count: it is the caller's. Nor does a plugin's run.
type timeLimit struct {
	ctx    context.Context // ends when the limit expires
	cancel context.CancelCauseFunc
	limit  time.Duration
	stream bool

	mu      sync.Mutex
	timer   *time.Timer
	started time.Time
	left    time.Duration // remaining at the last start
}

// newTimeLimit starts a limit; zero is no limit.
func newTimeLimit(ctx context.Context, limit time.Duration, stream bool) *timeLimit {
	l := &timeLimit{limit: limit, left: limit, stream: stream}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	l.start()
	return l
}

func (l *timeLimit) start() {
	if l.limit <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started = time.Now()
	if l.timer == nil {
		l.timer = time.AfterFunc(l.left, func() { l.cancel(errLimitExpired) })
		return
	}
	l.timer.Reset(l.left)
}

func (l *timeLimit) pause() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer == nil {
		return
	}
	l.timer.Stop()
	l.left = max(l.left-time.Since(l.started), 0)
}

// stop ends the limit and its context.
func (l *timeLimit) stop() {
	l.pause()
	l.cancel(context.Canceled)
}

// allows reports whether more than d is left.
func (l *timeLimit) allows(d time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.timer == nil || l.left-time.Since(l.started) > d
}

func (l *timeLimit) expired() bool { return errors.Is(context.Cause(l.ctx), errLimitExpired) }

// wrapBody returns the body of the answer with the limit on its reads. Closing it stops the limit.
// describe turns read errors into those that the caller gets.
func (l *timeLimit) wrapBody(body io.ReadCloser, describe func(error) error) io.ReadCloser {
	l.pause()
	if l.stream {
		l.limit = 0
	}
	return &limitedBody{ReadCloser: body, limit: l, describe: describe}
}

type limitedBody struct {
	io.ReadCloser
	limit    *timeLimit
	describe func(error) error
	closed   atomic.Bool
}

func (b *limitedBody) Read(p []byte) (int, error) {
	b.limit.start()
	n, err := b.ReadCloser.Read(p)
	b.limit.pause()
	switch {
	case err == nil:
		return n, nil
	case b.closed.Load():
		return n, http.ErrBodyReadAfterClose
	case errors.Is(err, io.EOF) && b.limit.ctx.Err() == nil:
		return n, err
	}
	// After the context has ended, io.EOF may mean a broken connection and not a complete body.
	return n, b.describe(err)
}

// Close ends a pending Read.
func (b *limitedBody) Close() error {
	b.closed.Store(true)
	err := b.ReadCloser.Close()
	b.limit.stop()
	return err
}
