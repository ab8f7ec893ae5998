package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// SilenceLimit is how long a request without a time limit of its own waits for a server that sends
// nothing: neither the headers of the answer nor, if the answer is no stream, more of its body. It
// leaves an API server the 60 s after which that server ends a request (kube-apiserver,
// --request-timeout).
const SilenceLimit = 70 * time.Second

// TimeoutError reports that a request's time limit expired before the server had answered, or
// before there was a connection to it. It matches context.DeadlineExceeded.
type TimeoutError struct {
	Method, Path string
	Limit        time.Duration
	// Silent is true if the server sent nothing for Limit: SilenceLimit or, within the body of a
	// log, the request's own limit.
	Silent bool
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
	problem := "the server did not finish its answer within"
	if e.Silent {
		problem = "the server sent nothing for"
	}
	s := fmt.Sprintf("%s %s: %s %v; raise the request timeout, or look at the server's load",
		e.Method, e.Path, problem, e.Limit)
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
//
// A limit of silence begins anew with each attempt and with each read. Each limit is one of silence
// within a log that is not followed: such a stream has an end and no pauses.
type timeLimit struct {
	ctx     context.Context // ends when the limit expires
	cancel  context.CancelCauseFunc
	limit   time.Duration
	silence bool
	stream  bool
	log     bool // that is not followed

	mu      sync.Mutex
	timer   *time.Timer
	started time.Time
	left    time.Duration // remaining at the last start
}

// newTimeLimit starts the limit of req: its own, the Client's or, without either, SilenceLimit.
// Zero is no limit.
func (c *Client) newTimeLimit(ctx context.Context, req *Request, stream bool) *timeLimit {
	limit := req.Timeout
	if limit == nil {
		limit = c.timeout
	}
	l := &timeLimit{stream: stream, log: req.isWholeLog(), silence: limit == nil,
		limit: SilenceLimit}
	if limit != nil {
		l.limit = *limit
	}
	l.left = l.limit
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	l.start()
	return l
}

// isWholeLog reports whether the answer is a log that is not followed.
func (r *Request) isWholeLog() bool {
	return len(r.Path) > 0 && r.Path[len(r.Path)-1] == "log" && !r.Query.Has("follow") &&
		!r.Query.Has("watch")
}

// extend starts a limit of silence anew, for a request that is sent again after this pause. It
// changes no other limit.
func (l *timeLimit) extend(pause time.Duration) {
	if l.silence {
		l.timer.Reset(l.limit + pause)
	}
}

func (l *timeLimit) start() {
	if l.limit <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silence {
		l.left = l.limit
	}
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
	return l.timer == nil || l.silence || l.left-time.Since(l.started) > d
}

// newError returns the error of req, whose limit has expired.
func (l *timeLimit) newError(req *Request, target *url.URL, unknown bool) *TimeoutError {
	return &TimeoutError{
		Method: req.Method, Path: target.EscapedPath(), Limit: l.limit, Silent: l.silence,
		OutcomeUnknown: unknown,
	}
}

func (l *timeLimit) expired() bool { return errors.Is(context.Cause(l.ctx), errLimitExpired) }

// wrapBody returns the body of the answer with the limit on its reads. Closing it stops the limit.
// describe turns read errors into those that the caller gets.
func (l *timeLimit) wrapBody(body io.ReadCloser, describe func(error) error) io.ReadCloser {
	l.pause()
	switch {
	case l.log:
		l.silence = true
	case l.stream:
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
