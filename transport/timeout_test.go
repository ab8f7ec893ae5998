package transport_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// slow answers with body after wait, unless the context of the request ends first.
func slow(wait time.Duration, body func(context.Context) io.Reader) roundTripper {
	return func(req *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(req.Context()).WroteHeaders()
		select {
		case <-time.After(wait):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
		return &http.Response{StatusCode: 200, Body: io.NopCloser(body(req.Context())), Request: req}, nil
	}
}

// pieces returns a body of n bytes, each of which arrives after pause.
func pieces(n int, pause time.Duration) func(context.Context) io.Reader {
	return func(ctx context.Context) io.Reader { return &pieceReader{ctx, n, pause} }
}

type pieceReader struct {
	ctx   context.Context
	left  int
	pause time.Duration
}

func (r *pieceReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(r.pause):
		r.left--
		p[0] = 'x'
		return 1, nil
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}

func TestTheTimeLimitLastsFromTheRequestToTheLastByte(t *testing.T) {
	none, short := time.Duration(0), 3*time.Second
	for name, tc := range map[string]struct {
		wait    time.Duration
		body    func(context.Context) io.Reader
		stream  bool
		own     *time.Duration // the request's; the Client's is 10 s
		method  string
		want    time.Duration // the limit that expires; zero for a whole answer
		unknown bool
	}{
		"within the limit": {wait: 4 * time.Second, body: pieces(5, time.Second)},
		"late headers":     {wait: time.Minute, body: pieces(0, 0), want: 10 * time.Second},
		"late headers of a write": {wait: time.Minute, body: pieces(0, 0), method: "PATCH",
			want: 10 * time.Second, unknown: true},
		"late headers of a stream": {wait: time.Minute, body: pieces(0, 0), stream: true, want: 10 * time.Second},
		"a slow body":              {wait: time.Second, body: pieces(60, time.Second), want: 10 * time.Second},
		"a slow body of a write": {wait: time.Second, body: pieces(60, time.Second), method: "PATCH",
			want: 10 * time.Second, unknown: true},
		"a stream beyond the limit":           {wait: time.Second, body: pieces(60, time.Second), stream: true},
		"the request's own limit is shorter":  {wait: time.Minute, body: pieces(0, 0), own: &short, want: short},
		"the request sets no limit":           {wait: time.Hour, body: pieces(60, time.Minute), own: &none},
		"the request sets no limit, a stream": {wait: time.Hour, body: pieces(60, time.Minute), own: &none, stream: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				req := get()
				if tc.method != "" {
					req = send(tc.method, "{}")
				}
				req.Stream, req.Timeout = tc.stream, tc.own
				start := time.Now()
				_, err := offline(t, slow(tc.wait, tc.body), transport.WithTimeout(10*time.Second)).Fetch(t.Context(), req)
				if tc.want == 0 {
					require.NoError(t, err)
					return
				}
				require.Equal(t, tc.want, time.Since(start))
				requireOneLine(t, err)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				var te *transport.TimeoutError
				require.ErrorAs(t, err, &te)
				require.Equal(t, tc.want, te.Limit)
				require.True(t, te.Timeout())
				require.Equal(t, tc.unknown, te.OutcomeUnknown)
				if tc.unknown {
					require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
					require.ErrorContains(t, err, "the write may have happened")
				} else {
					require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
				}
			})
		})
	}
}

func TestARequestWithoutALimitEndsAfterSeventySecondsOfSilence(t *testing.T) {
	const limit = transport.SilenceLimit
	log := get()
	log.Path = append(log.Path, "web-0", "log")
	follow := get()
	follow.Path, follow.Query = log.Path, url.Values{"follow": {"true"}}
	for name, tc := range map[string]struct {
		req     *transport.Request
		stream  bool
		wait    time.Duration
		body    func(context.Context) io.Reader
		want    time.Duration // of the error; zero for a whole answer
		unknown bool
	}{
		"before the headers":            {req: get(), wait: time.Hour, want: limit},
		"before the headers of a write": {req: send("POST", "{}"), wait: time.Hour, want: limit, unknown: true},
		"before a stream's headers":     {req: get(), stream: true, wait: time.Hour, want: limit},
		"before a log's headers":        {req: follow, stream: true, wait: time.Hour, want: limit},
		"within the body":               {req: get(), wait: time.Second, body: pieces(2, time.Hour), want: time.Second + limit},
		"within a log":                  {req: log, stream: true, body: pieces(2, time.Hour), want: limit},
		"a slow answer is no silence":   {req: get(), wait: 69 * time.Second, body: pieces(30, 69*time.Second)},
		"a stream may be silent":        {req: get(), stream: true, wait: 69 * time.Second, body: pieces(3, time.Hour)},
		"a followed log may be silent":  {req: follow, stream: true, body: pieces(3, time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tc.body == nil {
					tc.body = pieces(0, 0)
				}
				tc.req.Stream = tc.stream
				start := time.Now()
				_, err := offline(t, slow(tc.wait, tc.body)).Fetch(t.Context(), tc.req)
				if tc.want == 0 {
					require.NoError(t, err)
					return
				}
				require.Equal(t, tc.want, time.Since(start))
				requireOneLine(t, err)
				require.ErrorContains(t, err, ": the server sent nothing for 1m10s; ")
				var timeout *transport.TimeoutError
				require.ErrorAs(t, err, &timeout)
				require.Equal(t, limit, timeout.Limit)
				require.True(t, timeout.Silent)
				require.Equal(t, tc.unknown, errors.Is(err, transport.ErrOutcomeUnknown))
			})
		})
	}
}

func TestTheLimitOfALogIsOneOfSilenceOnceItsHeadersHaveCome(t *testing.T) {
	log := get()
	log.Path, log.Stream = append(log.Path, "web-0", "log"), true
	for name, tc := range map[string]struct {
		limit, pause time.Duration
		want         time.Duration // of the error; zero for a whole answer
	}{
		"a long log":   {2 * time.Second, time.Second, 0},
		"a silent log": {2 * time.Second, time.Hour, 2 * time.Second},
		"no limit":     {0, time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				_, err := offline(t, slow(0, pieces(9, tc.pause)), transport.WithTimeout(tc.limit)).Fetch(t.Context(), log)
				if tc.want == 0 {
					require.NoError(t, err)
					return
				}
				require.Equal(t, tc.want, time.Since(start))
				var timeout *transport.TimeoutError
				require.ErrorAs(t, err, &timeout)
				require.True(t, timeout.Silent)
				require.Equal(t, tc.limit, timeout.Limit)
			})
		})
	}
}

func TestThePauseBeforeARetryIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		busy := roundTripper(func(req *http.Request) (*http.Response, error) {
			attempts++
			time.Sleep(60 * time.Second)
			resp := &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}, Request: req}
			if attempts < 3 {
				resp.StatusCode, resp.Header = 503, http.Header{"Retry-After": {"60"}}
			}
			return resp, nil
		})
		start := time.Now()
		_, err := offline(t, busy).Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, 5*time.Minute, time.Since(start))
	})
}

func TestTheTimeLimitPausesBetweenReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resp, err := offline(t, slow(time.Second, pieces(8, time.Second)),
			transport.WithTimeout(10*time.Second)).Do(t.Context(), get())
		require.NoError(t, err)
		defer resp.Body.Close()
		char := make([]byte, 1)
		for range 8 {
			time.Sleep(time.Hour)
			_, err := resp.Body.Read(char)
			require.NoError(t, err)
		}
		_, err = resp.Body.Read(char)
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestTheCallersDeadlineIsNoTimeoutError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := offline(t, slow(time.Minute, pieces(0, 0)), transport.WithTimeout(10*time.Second)).Do(ctx,
			send("POST", "{}"))
		require.EqualError(t, err, "POST /api/v1/pods: context deadline exceeded; the write may have happened: read the "+
			"object before you send it again")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
		var te *transport.TimeoutError
		require.NotErrorAs(t, err, &te)
	})
}

func TestAClosedBodyLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // ends only when no goroutine is left
		resp, err := offline(t, slow(0, pieces(10, time.Hour)),
			transport.WithTimeout(time.Minute)).Do(context.Background(), get())
		require.NoError(t, err)
		reading := make(chan error)
		go func() {
			_, err := resp.Body.Read(make([]byte, 1))
			reading <- err
		}()
		synctest.Wait()
		require.NoError(t, resp.Body.Close())
		require.ErrorIs(t, <-reading, http.ErrBodyReadAfterClose)
		_, err = resp.Body.Read(make([]byte, 1))
		require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
		require.NoError(t, resp.Body.Close())
	})
}

func TestCancellationEndsTheRequestOnBothSides(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			arrived, gone := make(chan struct{}, 1), make(chan struct{}, 1)
			headersFirst := false
			cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if headersFirst {
					_ = http.NewResponseController(w).Flush()
				}
				arrived <- struct{}{}
				<-r.Context().Done()
				gone <- struct{}{}
			}, with)
			c := newClient(t, cfg)
			before := runtime.NumGoroutine()
			for _, headersFirst = range []bool{false, true} {
				ctx, cancel := context.WithCancel(t.Context())
				req := get()
				req.Stream = true
				done := make(chan error, 1)
				go func() {
					resp, err := c.Do(ctx, req)
					if err == nil {
						_, err = io.ReadAll(resp.Body)
						resp.Body.Close()
					}
					done <- err
				}()
				<-arrived
				cancel()
				require.ErrorIs(t, <-done, context.Canceled)
				<-gone
			}
			poll := time.NewTicker(time.Millisecond)
			defer poll.Stop()
			for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; <-poll.C {
				// HTTP/2 counts the connection as idle shortly after the reset of the stream.
				c.Close()
				if time.Now().After(deadline) {
					stacks := make([]byte, 1<<20)
					t.Fatalf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
				}
			}
		})
	}
}

func TestEOFAfterTheCancellationIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := offline(t, slow(0, pieces(1, time.Second))).Do(ctx, get())
		require.NoError(t, err)
		defer resp.Body.Close()
		_, err = resp.Body.Read(make([]byte, 1))
		require.NoError(t, err)
		cancel()
		_, err = resp.Body.Read(make([]byte, 1))
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestATimeoutBeforeTheConnectionNamesTheServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts no connection
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	hangs := l.Addr().String()
	const in = `context "dev" in /home/me/.kube/config`
	direct := hangs + " within 50ms; check the address in " + in + ", and the network or VPN; or raise the request timeout"
	through := "api.example:6443 through the proxy " + hangs + " within 50ms; check proxy-url in " + in +
		"; or raise the request timeout"
	for name, tc := range map[string]struct{ server, proxy, want string }{
		"a server":             {"https://" + hangs, "", direct},
		"an http proxy":        {"https://api.example:6443", "http://me:s3cret@" + hangs, through},
		"an https proxy":       {"https://api.example:6443", "https://me:s3cret@" + hangs, through},
		"a socks5 proxy":       {"https://api.example:6443", "socks5://me:s3cret@" + hangs, through},
		"a server without TLS": {"http://api.example:6443", "https://me:s3cret@" + hangs, through},
	} {
		t.Run(name, func(t *testing.T) {
			requireNoLeak(t)
			c := newClient(t, &kubeconfig.Config{Server: tc.server, ProxyURL: tc.proxy, Source: source},
				transport.WithTimeout(50*time.Millisecond))
			for _, call := range []func() error{
				func() error { _, err := c.Fetch(t.Context(), send("POST", "{}")); return err },
				func() error { _, err := c.Upgrade(t.Context(), execRequest(), v4); return err },
			} {
				err := call()
				requireOneLine(t, err)
				require.ErrorContains(t, err, ": there was no connection to "+tc.want)
				require.ErrorAs(t, err, new(*transport.TimeoutError))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
			}
		})
	}
}
