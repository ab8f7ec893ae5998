package transport

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// How often and how patiently a request is sent again.
const (
	maxAttempts   = 10                     // in all, when the server says how long to wait
	maxUnasked    = 4                      // in all, when it does not
	firstBackoff  = 100 * time.Millisecond // doubled each time, with jitter
	maxRetryAfter = 60 * time.Second       // a longer wait is the caller's to decide
)

// call is what one request says of itself to the retrier, and what is found out while it is sent; it travels in the context.
type call struct {
	idempotent bool
	limit      *wait       // the request's own time limit
	connecting atomic.Bool // whether the latest attempt has no connection yet
	sent       atomic.Bool // and whether it had gone out
	renewed    bool        // whether a 401 was met with other credentials
}

type callKey struct{}

func (c *call) in(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, callKey{}, c)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// net/http takes another connection by itself when nothing could be written to an idle one.
		GetConn:      func(string) { c.sent.Store(false); c.connecting.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { c.connecting.Store(false) },
		WroteHeaders: func() { c.sent.Store(true) },
	})
}

// retrier sends a request again where the server asks for it or where nothing can be harmed by it:
//
//   - 429 and 503 with Retry-After: any verb, since the server turned the request away;
//   - 429, 503 and 504 without: reads and idempotent writes;
//   - a connection lost before any answer: reads and idempotent writes.
//
// Of 504 and of a lost connection nobody knows whether the request was carried out, so that other writes are not sent again.
// An eviction's 429 is an answer (a disruption budget), not a fault. A wait that would outlast the context is not begun.
type retrier struct{ next http.RoundTripper }

func (t *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	c, ok := req.Context().Value(callKey{}).(*call)
	if !ok {
		return t.next.RoundTrip(req)
	}
	for attempt := 1; ; attempt++ {
		c.sent.Store(false)
		resp, err := t.next.RoundTrip(req)
		pause, again := c.nextPause(req, resp, err, attempt)
		if !again || !c.fits(req.Context(), pause) {
			return resp, err
		}
		next, ok := rewind(req)
		if !ok {
			return resp, err
		}
		if resp != nil {
			drain(resp.Body)
			c.sent.Store(false) // the server turned it away
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-req.Context().Done():
			timer.Stop()
			return nil, req.Context().Err()
		}
		req = next
	}
}

func (c *call) nextPause(req *http.Request, resp *http.Response, err error, attempt int) (time.Duration, bool) {
	backoff := func() (time.Duration, bool) {
		if !c.idempotent || attempt >= maxUnasked {
			return 0, false
		}
		d := firstBackoff << (attempt - 1)
		return d/2 + rand.N(d), true
	}
	if err != nil {
		if req.Context().Err() != nil || refusedCertificate(err) || !c.sent.Load() && !wasReset(err) {
			return 0, false
		}
		return backoff()
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if resp.StatusCode == http.StatusTooManyRequests && req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/eviction") {
			return 0, false
		}
		if after, ok := retryAfter(resp.Header); ok {
			return max(after, firstBackoff), attempt < maxAttempts && after <= maxRetryAfter
		}
		return backoff()
	case http.StatusGatewayTimeout:
		return backoff()
	}
	return 0, false
}

// wasReset holds for a connection that broke, also one that broke while it was being made.
func wasReset(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || hungUp(err)
}

// drain reads the rest of an answer that nobody wants, so that its connection can be used again, unless that takes long.
func drain(body io.ReadCloser) {
	slow := time.AfterFunc(time.Second, func() { body.Close() })
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	slow.Stop()
	body.Close()
}

// retryAfter reads the Retry-After header: seconds or a date (RFC 9110, 10.2.3).
func retryAfter(h http.Header) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	switch s, err := strconv.ParseUint(v, 10, 31); {
	case err == nil:
		return time.Duration(s) * time.Second, true
	case errors.Is(err, strconv.ErrRange):
		return math.MaxInt32 * time.Second, true
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(time.Until(at), 0), true
	}
	return 0, false
}

func (c *call) fits(ctx context.Context, pause time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return false
	}
	return c.limit.allows(pause)
}

// rewind gives a request that can be sent once more, with its body from the start.
func rewind(req *http.Request) (*http.Request, bool) {
	next := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return next, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	next.Body = body
	return next, true
}
