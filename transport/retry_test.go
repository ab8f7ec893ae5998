package transport_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// script answers each attempt with its next step, and then with the last step.
type script struct {
	steps  []step
	bodies []string
	times  []time.Time
}

type step struct {
	code  int
	after string // Retry-After
	err   error
	sent  bool // the request was sent before err
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, _ := io.ReadAll(req.Body)
		req.Body.Close()
		body = string(b)
	}
	now := s.steps[min(len(s.bodies), len(s.steps)-1)]
	s.bodies, s.times = append(s.bodies, body), append(s.times, time.Now())
	trace := httptrace.ContextClientTrace(req.Context())
	trace.GetConn("")
	if now.err == nil || now.sent {
		trace.WroteHeaders()
	}
	if now.err != nil {
		return nil, now.err
	}
	h := http.Header{}
	if now.after != "" {
		h.Set("Retry-After", now.after)
	}
	return &http.Response{StatusCode: now.code, Header: h, Body: io.NopCloser(strings.NewReader("{}")), Request: req}, nil
}

// span is the time between the first attempt and the last.
func (s *script) span() time.Duration { return s.times[len(s.times)-1].Sub(s.times[0]) }

func TestTheRetrierSendsAgainOnlyWhatIsSafe(t *testing.T) {
	lost := step{err: io.ErrUnexpectedEOF, sent: true}
	refused := step{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	resetAtDial := step{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}
	ok := step{code: 200}
	for name, tc := range map[string]struct {
		method     string
		path       []string
		idempotent bool
		steps      []step
		attempts   int
		fails      bool
		unknown    bool
		least      time.Duration // between the first attempt and the last
	}{
		"429 with Retry-After: a read": {steps: []step{{code: 429, after: "2"}, ok}, attempts: 2,
			least: 2 * time.Second},
		"429 with Retry-After: a write": {method: "PATCH", steps: []step{{code: 429, after: "2"}, ok}, attempts: 2,
			least: 2 * time.Second},
		"503 with Retry-After: a write": {method: "POST", steps: []step{{code: 503, after: "7"}, ok}, attempts: 2,
			least: 7 * time.Second},
		"Retry-After of 60 s": {steps: []step{{code: 429, after: "60"}, ok}, attempts: 2,
			least: time.Minute},
		"Retry-After of 61 s": {steps: []step{{code: 429, after: "61"}, ok}, attempts: 1, fails: true},
		"Retry-After out of range": {steps: []step{{code: 429, after: "99999999999999999999"}, ok},
			attempts: 1, fails: true},
		"Retry-After 0 still pauses": {method: "POST", steps: []step{{code: 429, after: "0"}, ok}, attempts: 2,
			least: 100 * time.Millisecond},
		"Retry-After with a past date": {method: "POST",
			steps: []step{{code: 503, after: "Sat, 01 Jan 2000 00:00:00 GMT"}, ok}, attempts: 2, least: 100 * time.Millisecond},
		"Retry-After with a near date": {method: "POST",
			steps: []step{{code: 503, after: "Sat, 01 Jan 2000 00:00:30 GMT"}, ok}, attempts: 2, least: 29 * time.Second},
		"Retry-After with a date in 2 minutes": {steps: []step{{code: 503, after: "Sat, 01 Jan 2000 00:02:00 GMT"}, ok},
			attempts: 1, fails: true},
		"an invalid Retry-After: a read": {steps: []step{{code: 503, after: "soon"}, ok}, attempts: 2},
		"an invalid Retry-After: a write": {method: "PUT", steps: []step{{code: 503, after: "soon"}, ok}, attempts: 1,
			fails: true, unknown: true},
		"Retry-After: ten attempts in all": {steps: []step{{code: 429, after: "1"}}, attempts: 10, fails: true,
			least: 9 * time.Second},
		"429 without Retry-After: a read": {steps: []step{{code: 429}, ok}, attempts: 2},
		"429 without Retry-After: four attempts in all": {steps: []step{{code: 429}}, attempts: 4, fails: true,
			least: 350 * time.Millisecond},
		"429 without Retry-After: a write": {method: "PATCH", steps: []step{{code: 429}, ok}, attempts: 1, fails: true},
		"503 without Retry-After: a write": {method: "PATCH", steps: []step{{code: 503}, ok}, attempts: 1, fails: true,
			unknown: true},
		"503 without Retry-After: an idempotent write": {method: "PATCH", idempotent: true, steps: []step{{code: 503}, ok},
			attempts: 2},
		"504: a read":  {steps: []step{{code: 504}, ok}, attempts: 2},
		"502: a read":  {steps: []step{{code: 502}, ok}, attempts: 1, fails: true},
		"502: a write": {method: "PATCH", steps: []step{{code: 502}, ok}, attempts: 1, fails: true, unknown: true},
		"504: a write": {method: "POST", steps: []step{{code: 504}, ok}, attempts: 1, fails: true,
			unknown: true},
		"504 with Retry-After: a write": {method: "POST", steps: []step{{code: 504, after: "1"}, ok}, attempts: 1,
			fails: true, unknown: true},
		"504 with Retry-After: a read":              {steps: []step{{code: 504, after: "3"}, ok}, attempts: 2, least: 3 * time.Second},
		"500 with Retry-After: a read":              {steps: []step{{code: 500, after: "2"}, ok}, attempts: 2, least: 2 * time.Second},
		"502 with Retry-After: a read":              {steps: []step{{code: 502, after: "2"}, ok}, attempts: 2, least: 2 * time.Second},
		"507 with Retry-After: a read":              {steps: []step{{code: 507, after: "1"}, ok}, attempts: 2, least: time.Second},
		"400 with Retry-After: a read":              {steps: []step{{code: 400, after: "1"}, ok}, attempts: 1, fails: true},
		"500 with a Retry-After of 61 s":            {steps: []step{{code: 500, after: "61"}, ok}, attempts: 1, fails: true},
		"500 with Retry-After: ten attempts in all": {steps: []step{{code: 500, after: "1"}}, attempts: 10, fails: true, least: 9 * time.Second},
		"500 with Retry-After: a write":             {method: "POST", steps: []step{{code: 500, after: "1"}, ok}, attempts: 1, fails: true, unknown: true},
		"500 with Retry-After: an idempotent write": {method: "PATCH", idempotent: true, steps: []step{{code: 500, after: "1"}, ok}, attempts: 2,
			least: time.Second},
		"500: a write": {method: "PUT", steps: []step{{code: 500}, ok}, attempts: 1, fails: true, unknown: true},
		"504: an idempotent write": {method: "POST", idempotent: true, steps: []step{{code: 504}, ok},
			attempts: 2},
		"500 is not retried": {steps: []step{{code: 500}, ok}, attempts: 1, fails: true},
		"409 is not retried": {method: "PUT", steps: []step{{code: 409, after: "1"}, ok}, attempts: 1,
			fails: true},
		"an eviction's 429 is not retried": {method: "POST",
			path: []string{"api", "v1", "namespaces", "n", "pods", "p", "eviction"}, steps: []step{{code: 429, after: "1"}, ok},
			attempts: 1, fails: true},
		"a pod named eviction": {path: []string{"api", "v1", "namespaces", "n", "pods", "eviction"},
			steps: []step{{code: 429, after: "1"}, ok}, attempts: 2, least: time.Second},
		"an eviction's 503": {method: "POST",
			path: []string{"api", "v1", "namespaces", "n", "pods", "p", "eviction"}, steps: []step{{code: 503, after: "1"}, ok},
			attempts: 2, least: time.Second},
		"a lost connection: a read":               {steps: []step{lost, lost, ok}, attempts: 3},
		"a lost connection: HEAD":                 {method: "HEAD", steps: []step{lost, ok}, attempts: 2},
		"a lost connection: four attempts in all": {steps: []step{lost}, attempts: 4, fails: true},
		"a lost connection: a write": {method: "PATCH", steps: []step{lost, ok}, attempts: 1, fails: true,
			unknown: true},
		"a lost connection: DELETE": {method: "DELETE", steps: []step{lost, ok}, attempts: 1, fails: true,
			unknown: true},
		"a lost connection: an idempotent write": {method: "PATCH", idempotent: true, steps: []step{lost, ok}, attempts: 2},
		"never connected: a read":                {steps: []step{refused, ok}, attempts: 1, fails: true},
		"never connected: a write":               {method: "POST", steps: []step{refused, ok}, attempts: 1, fails: true},
		"reset while connecting: a read":         {steps: []step{resetAtDial, ok}, attempts: 2},
		"reset while connecting: a write":        {method: "POST", steps: []step{resetAtDial, ok}, attempts: 1, fails: true},
		"refused, then not connected": {method: "POST", steps: []step{{code: 429, after: "1"}, refused},
			attempts: 2, fails: true, least: time.Second},
		"refused, then lost": {method: "POST", steps: []step{{code: 429, after: "1"}, lost}, attempts: 2,
			fails: true, unknown: true, least: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: tc.steps}
				req := &transport.Request{Method: tc.method, Path: tc.path, Idempotent: tc.idempotent}
				if tc.method == "" {
					req.Method = "GET"
				}
				want := ""
				if req.Method != "GET" && req.Method != "HEAD" {
					want = `{"whole":true}`
					req.Body = []byte(want)
				}
				if tc.path == nil {
					req.Path = []string{"api"}
				}
				_, err := offline(t, s).Fetch(t.Context(), req)
				require.Len(t, s.bodies, tc.attempts)
				for _, body := range s.bodies {
					require.Equal(t, want, body, "the whole body is sent each time")
				}
				require.GreaterOrEqual(t, s.span(), tc.least)
				require.Less(t, s.span(), tc.least+time.Second+tc.least/2)
				require.Equal(t, tc.fails, err != nil, "%v", err)
				require.Equal(t, tc.unknown, errors.Is(err, transport.ErrOutcomeUnknown), "%v", err)
				if err != nil {
					requireOneLine(t, err)
				}
			})
		})
	}
}

func TestTheRetrierDoesNotPauseBeyondTheDeadline(t *testing.T) {
	busy := []step{{code: 429, after: "30"}}
	limit := 20 * time.Second
	for name, opts := range map[string]struct {
		opts   []transport.Option
		limit  *time.Duration
		within time.Duration
	}{
		"the caller's deadline": {within: 20 * time.Second},
		"the Client's limit":    {opts: []transport.Option{transport.WithTimeout(limit)}, within: time.Hour},
		"the request's limit":   {limit: &limit, within: time.Hour},
		"the later of the two": {opts: []transport.Option{transport.WithTimeout(time.Hour)}, limit: &limit,
			within: time.Hour},
		"the caller's deadline is later": {opts: []transport.Option{transport.WithTimeout(limit)}, within: 25 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), opts.within)
				defer cancel()
				s := &script{steps: busy}
				req := send("POST", "{}")
				req.Timeout = opts.limit
				start := time.Now()
				_, err := offline(t, s, opts.opts...).Do(ctx, req)
				require.ErrorIs(t, err, transport.ErrTooManyRequests)
				require.Zero(t, time.Since(start))
				require.Len(t, s.bodies, 1)
				var se *transport.StatusError
				require.ErrorAs(t, err, &se)
				require.Equal(t, 30*time.Second, se.RetryAfter)
				require.ErrorContains(t, err, "try again in 30s")
			})
		})
	}
}

func TestCancellationEndsThePauseBeforeARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		s := &script{steps: []step{{code: 503, after: "30"}}}
		start := time.Now()
		_, err := offline(t, s).Do(ctx, send("POST", "{}"))
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
		require.Equal(t, 3*time.Second, time.Since(start))
		require.Len(t, s.bodies, 1)
	})
}

func TestABodyThatStallsDoesNotDelayTheRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
			asked++
			if asked == 2 {
				return &http.Response{StatusCode: 200, Body: http.NoBody, Request: req}, nil
			}
			r, _ := io.Pipe()
			return &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {"1"}}, Body: r, Request: req}, nil
		}))
		start := time.Now()
		_, err := c.Fetch(t.Context(), get())
		require.NoError(t, err)
		require.LessOrEqual(t, time.Since(start), 3*time.Second)
	})
}

func TestTheRetrierPausesUnderALaterDeadline(t *testing.T) {
	limit := 20 * time.Second
	for name, opts := range map[string][]transport.Option{
		"the caller's deadline": nil,
		"the Client's limit":    {transport.WithTimeout(limit)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				s := &script{steps: []step{{code: 429, after: "19"}, {code: 200}}}
				_, err := offline(t, s, opts...).Fetch(ctx, send("POST", "{}"))
				require.NoError(t, err)
				require.Len(t, s.times, 2)
				require.Equal(t, 19*time.Second, s.span())
			})
		})
	}
}

// stalled answers the first attempt with a failure, and the next ones never.
type stalled struct{ attempts int }

func (s *stalled) RoundTrip(req *http.Request) (*http.Response, error) {
	s.attempts++
	httptrace.ContextClientTrace(req.Context()).WroteHeaders()
	if s.attempts > 1 {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	body := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"InternalError","message":"etcdserver:\nno leader","code":500}`
	return &http.Response{StatusCode: 500, Header: http.Header{"Retry-After": {"1"}}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

func TestARetryThatRunsOutOfTimeEndsWithTheLastAnswersOwnWords(t *testing.T) {
	for name, opts := range map[string][]transport.Option{
		"the caller's deadline": nil,
		"the Client's limit":    {transport.WithTimeout(20 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				s := &stalled{}
				_, err := offline(t, s, opts...).Fetch(ctx, &transport.Request{Method: "GET", Path: []string{"api"}})
				require.Equal(t, 2, s.attempts)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.True(t, strings.HasSuffix(err.Error(), "; the last answer was: etcdserver: no leader (500)"), "%v", err)
				requireOneLine(t, err)
			})
		})
	}
}

func TestAWriteThatMayHaveBeenWrittenSaysSo(t *testing.T) {
	for message, unknown := range map[string]bool{
		"etcdserver: request timed out": true,
		"":                              true,
		`Internal error occurred: failed calling webhook "a.b.c": context deadline exceeded`:               false,
		"This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.": false,
	} {
		answer := &http.Response{StatusCode: 500, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"kind":"Status","status":"Failure","message":` + strconv.Quote(message) + `}`))}
		client := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) { answer.Request = req; return answer, nil }))
		_, err := client.Fetch(t.Context(), send("POST", "{}"))
		require.ErrorIs(t, err, transport.ErrInternal)
		require.Equal(t, unknown, errors.Is(err, transport.ErrOutcomeUnknown), message)
		require.Equal(t, unknown, strings.HasSuffix(err.Error(), "; the write may have happened: read the object before you send it again"), message)
	}
}

func TestAnAnswerBeforeARetryIsReadUpTo64KiB(t *testing.T) {
	for size, connections := range map[int]int32{60 << 10: 1, 100 << 10: 2} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			var opened, requests atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if requests.Add(1) == 1 {
					w.WriteHeader(http.StatusServiceUnavailable)
					_, _ = w.Write(make([]byte, size))
				}
			}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			t.Cleanup(server.Close)
			client, err := transport.New(&kubeconfig.Config{Server: server.URL})
			require.NoError(t, err)
			t.Cleanup(client.Close)
			_, err = client.Do(t.Context(), &transport.Request{Method: http.MethodGet, Path: []string{"version"}})
			require.NoError(t, err)
			require.EqualValues(t, 2, requests.Load())
			require.Equal(t, connections, opened.Load())
		})
	}
}
