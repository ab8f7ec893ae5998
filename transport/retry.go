package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// maxRetryAfterAttempts is how often a request is sent when the server sends Retry-After.
	maxRetryAfterAttempts = 10

	// maxBackoffAttempts is how often a request is sent when the server sends no Retry-After.
	maxBackoffAttempts = 4

	// firstBackoff is the mean of the first pause without Retry-After: 50 to 150 ms. The mean
	// doubles each time. It is also the shortest pause with Retry-After.
	firstBackoff = 100 * time.Millisecond

	// maxRetryAfter is the longest Retry-After that is waited for.
	maxRetryAfter = 60 * time.Second

	// maxDrain is how many bytes of an answer are read so that its connection can be reused, and
	// drainTimeout is how long.
	maxDrain     = 64 << 10
	drainTimeout = time.Second
)

// retrier sends a request of Do or Upgrade again. These are the cases:
//
//	answer                                 reads, idempotent writes   other writes
//	------                                 ------------------------   ------------
//	429, 503 with Retry-After up to 60 s   up to 10 attempts          up to 10 attempts
//	429, 503 with a longer one             –                          –
//	429, 503 without Retry-After           up to 4 attempts           –
//	other 5xx with Retry-After up to 60 s  up to 10 attempts          –
//	504 without Retry-After                up to 4 attempts           –
//	all others                             –                          –
//	connection lost before the answer      up to 4 attempts           –
//	connection never made                  only after a reset         –
//	429 for an eviction                    –                          –
//
// A 429 or 503 with Retry-After refuses the request, so that any method may be sent again. After
// another 5xx or a lost connection nobody knows whether the request was carried out: the API server
// answers 500 with Retry-After while etcd has no leader. The 429 of an eviction means that a
// disruption budget forbids it.
//
// The retrier never pauses beyond the deadline or the time limit; it returns the answer instead. It
// keeps the latest refusal, for the error of a request whose time runs out in a later attempt.
// To it, Upgrade's requests are writes that are not idempotent.
type retrier struct{ next http.RoundTripper }

func (t *retrier) RoundTrip(req *http.Request) (*http.Response, error) {
	state := stateOf(req.Context())
	if state == nil {
		countAttempt(req.Context())
		return t.next.RoundTrip(req)
	}
	for attempt := 1; ; attempt++ {
		state.sent.Store(false)
		countAttempt(req.Context())
		resp, err := t.next.RoundTrip(req)
		pause, retry := state.nextPause(req, resp, err, attempt)
		if !retry || !state.allowsPause(req.Context(), pause) {
			return resp, err
		}
		next, ok := rewind(req)
		if !ok {
			return resp, err
		}
		if resp != nil {
			state.refusal = drain(resp)
			state.sent.Store(false) // the server refused it
		}
		state.limit.extend(pause)
		if err := sleep(req.Context(), pause); err != nil {
			return nil, err
		}
		req = next
	}
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// nextPause reports whether req is sent again after resp or err, and after which pause.
func (s *requestState) nextPause(
	req *http.Request, resp *http.Response, err error, attempt int,
) (pause time.Duration, retry bool) {
	if err != nil {
		if req.Context().Err() != nil || refusedCertificate(err) || !s.sent.Load() &&
			!wasReset(err) {
			return 0, false
		}
		return s.backoff(attempt)
	}
	busy := resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusServiceUnavailable
	after, ok := retryAfter(resp.Header)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests && isEviction(req):
		return 0, false
	case ok && (busy || s.idempotent && resp.StatusCode >= 500):
		return max(after, firstBackoff), attempt < maxRetryAfterAttempts && after <= maxRetryAfter
	case busy, resp.StatusCode == http.StatusGatewayTimeout:
		return s.backoff(attempt)
	}
	return 0, false
}

// backoff returns the pause after an attempt without Retry-After.
func (s *requestState) backoff(attempt int) (pause time.Duration, retry bool) {
	if !s.idempotent || attempt >= maxBackoffAttempts {
		return 0, false
	}
	d := firstBackoff << (attempt - 1)
	return d/2 + rand.N(d), true
}

// allowsPause reports whether the deadline and the time limit are later than the end of pause.
func (s *requestState) allowsPause(ctx context.Context, pause time.Duration) bool {
	deadline, ok := ctx.Deadline()
	if ok && time.Until(deadline) <= pause {
		return false
	}
	return s.limit.allows(pause)
}

func isEviction(req *http.Request) bool {
	return req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/eviction")
}

// wasReset reports whether err means that the peer closed the connection, even while it was made.
func wasReset(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || closedAtStart(err)
}

// drain reads the rest of an unwanted answer, so that its connection can be reused. It returns the
// answer with what it has read as the body.
func drain(resp *http.Response) *http.Response {
	timer := time.AfterFunc(drainTimeout, func() { resp.Body.Close() })
	content, _ := io.ReadAll(io.LimitReader(resp.Body, maxDrain))
	timer.Stop()
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(content))
	return resp
}

// retryAfter returns the value of the Retry-After header: seconds or a date (RFC 9110, 10.2.3).
func retryAfter(h http.Header) (time.Duration, bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0, false
	}
	seconds, err := strconv.ParseUint(v, 10, 31)
	switch {
	case err == nil:
		return time.Duration(seconds) * time.Second, true
	case strings.Trim(v, "0123456789") == "": // too large
		return math.MaxInt32 * time.Second, true
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0, false
	}
	return max(time.Until(at), 0), true
}

// rewind returns a copy of req that can be sent again, with its body from the start.
// It reports false if the body cannot be read again.
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
