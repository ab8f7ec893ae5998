package transport_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// reported collects metrics.
type reported struct {
	mu  sync.Mutex
	all []transport.RequestMetrics
}

func (r *reported) option() transport.Option {
	return transport.WithMetrics(func(m transport.RequestMetrics) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, m)
	})
}

func (r *reported) take() []transport.RequestMetrics {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

// only returns the metrics of the only request, without its times.
func (r *reported) only(t *testing.T) transport.RequestMetrics {
	t.Helper()
	all := r.take()
	require.Len(t, all, 1)
	require.GreaterOrEqual(t, all[0].Duration, all[0].Latency)
	all[0].Duration, all[0].Latency = 0, 0
	return all[0]
}

func TestMetricsOfARequest(t *testing.T) {
	var metrics reported
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusConflict)
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000)) // compressed on the wire
	})
	c := newClient(t, cfg, metrics.option())
	req := get("api", "v1", "namespaces", "n", "pods", "p")
	req.Query = url.Values{"pretty": {"s3cret"}}
	_, err := c.Fetch(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, transport.RequestMetrics{
		Method: "GET", Path: mount + "/api/v1/namespaces/n/pods/p", Verb: "get", Version: "v1", Resource: "pods", Namespace: "n",
		Code: 200, Attempts: 1, BytesReceived: 100_000,
	}, metrics.only(t))

	_, err = c.Fetch(t.Context(), send("POST", `{"a":1}`))
	require.ErrorIs(t, err, transport.ErrConflict)
	require.Equal(t, transport.RequestMetrics{
		Method: "POST", Path: mount + "/api/v1/pods", Verb: "create", Version: "v1", Resource: "pods",
		Code: 409, Attempts: 1, BytesSent: 7, BytesReceived: 100_000,
	}, metrics.only(t))

	_, err = c.Resty().R().SetContext(t.Context()).Get("/version")
	require.NoError(t, err)
	require.Equal(t, transport.RequestMetrics{
		Method: "GET", Path: mount + "/version", Verb: "get", Code: 200, Attempts: 1, BytesReceived: 100_000,
	}, metrics.only(t))
}

func TestMetricsCountAttemptsAndTheirPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var metrics reported
		steps := &script{steps: []step{{code: 503, after: "2"}, {code: 429, after: "3"}, {code: 200}}}
		_, err := offline(t, steps, metrics.option()).Fetch(t.Context(), get())
		require.NoError(t, err)
		m := metrics.take()
		require.Len(t, m, 1)
		require.Equal(t, 3, m[0].Attempts)
		require.Equal(t, 200, m[0].Code)
		require.Equal(t, 5*time.Second, m[0].Latency)
	})
}

func TestMetricsCountTheAttemptAfterA401(t *testing.T) {
	var metrics reported
	dir := t.TempDir()
	file := write(t, dir, "token", []byte("old"))
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer new" {
			write(t, dir, "token", []byte("new"))
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	cfg.BearerTokenFile = file
	_, err := newClient(t, cfg, metrics.option()).Fetch(t.Context(), get())
	require.NoError(t, err)
	require.Equal(t, 2, metrics.only(t).Attempts)
}

func TestARequestWithoutAnAnswerHasAnErrorAndNoCode(t *testing.T) {
	var metrics reported
	c := newClient(t, &kubeconfig.Config{Server: "http://127.0.0.1:1"}, metrics.option())
	_, err := c.Fetch(t.Context(), get())
	require.ErrorAs(t, err, new(*transport.ConnectionError))
	m := metrics.only(t)
	require.Error(t, m.Err)
	require.Zero(t, m.Code)

	cfg := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "12345")
	}, http1)
	_, err = newClient(t, cfg, metrics.option()).Fetch(t.Context(), send("POST", "{}"))
	require.Error(t, err)
	m = metrics.only(t)
	require.Equal(t, 200, m.Code)
	require.EqualValues(t, 5, m.BytesReceived)
	require.ErrorIs(t, m.Err, io.ErrUnexpectedEOF)
}

func TestAStreamIsReportedAtItsEnd(t *testing.T) {
	var metrics reported
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "event")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	c := newClient(t, cfg, metrics.option())
	req := get("api", "v1", "pods")
	req.Stream, req.Query = true, url.Values{"watch": {"1"}}
	resp, err := c.Do(t.Context(), req)
	require.NoError(t, err)
	_, err = io.ReadFull(resp.Body, make([]byte, 5))
	require.NoError(t, err)
	require.Empty(t, metrics.take())
	require.NoError(t, resp.Body.Close())
	m := metrics.only(t)
	require.Equal(t, "watch", m.Verb)
	require.EqualValues(t, 5, m.BytesReceived)
	require.NoError(t, m.Err, "the caller closed it")
	require.NoError(t, resp.Body.Close())
	require.Empty(t, metrics.take(), "it is reported once")

	ctx, cancel := context.WithCancel(t.Context())
	resp, err = c.Do(ctx, req)
	require.NoError(t, err)
	cancel()
	_, err = io.ReadAll(resp.Body)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, metrics.only(t).Err, context.Canceled)
}

func TestAnUpgradeIsReportedAtItsEnd(t *testing.T) {
	var metrics reported
	c := newClient(t, serve(t, accept), metrics.option())
	ws, err := c.Upgrade(t.Context(), execRequest(), v5, v4)
	require.NoError(t, err)
	_, err = ws.Write([]byte("hello"))
	require.NoError(t, err)
	_, text, err := message(ws)
	require.NoError(t, err)
	require.Equal(t, "hello", text)
	require.Empty(t, metrics.take())
	require.NoError(t, ws.Close())
	m := metrics.only(t)
	require.Equal(t, 101, m.Code)
	require.Equal(t, "pods/exec", m.Resource+"/"+m.Subresource)
	// A frame of the client has a header of 6 bytes for so short a message, and one of the server 2
	// (RFC 6455, 5.2). A close frame may follow.
	require.GreaterOrEqual(t, m.BytesSent, int64(11))
	require.GreaterOrEqual(t, m.BytesReceived, int64(7))
	require.NotContains(t, m.Path, "pa55word")

	refusing := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	_, err = newClient(t, refusing, metrics.option()).Upgrade(t.Context(), execRequest(), v5)
	require.ErrorIs(t, err, transport.ErrForbidden)
	require.Equal(t, 403, metrics.only(t).Code)
}

func TestSeveralFunctionsReceiveTheMetricsInOrder(t *testing.T) {
	var order []string
	note := func(name string) transport.Option {
		return transport.WithMetrics(func(transport.RequestMetrics) { order = append(order, name) })
	}
	_, err := offline(t, &script{steps: []step{{code: 200}}}, note("first"), note("second")).Fetch(t.Context(), get())
	require.NoError(t, err)
	require.Equal(t, []string{"first", "second"}, order)
}

func TestTheFirstRoundTripperIsTheOutermost(t *testing.T) {
	var order []string
	wrap := func(name string) transport.Option {
		return transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(req *http.Request) (*http.Response, error) {
				order = append(order, name)
				return next.RoundTrip(req)
			})
		})
	}
	c := newClient(t, serve(t, accept), wrap("outer"), wrap("inner"))
	echoed(t, c, "through both")
	require.Equal(t, []string{"outer", "inner"}, order, "upgrades pass them, too")
}

func TestHooksThatAreNotSetAddNoLayerAndNoAllocation(t *testing.T) {
	cfg := &kubeconfig.Config{Server: "https://kx.invalid"}
	require.False(t, transport.IsObserved(newClient(t, cfg)))
	require.True(t, transport.IsObserved(newClient(t, cfg, transport.WithMetrics(func(transport.RequestMetrics) {}))))
	ctx := t.Context()
	require.Zero(t, testing.AllocsPerRun(100, func() { transport.Attempted(ctx) }))
}

func BenchmarkHooks(b *testing.B) {
	for name, opts := range map[string][]transport.Option{
		"none":    nil,
		"metrics": {transport.WithMetrics(func(transport.RequestMetrics) {})},
	} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
			defer server.Close()
			c := newClient(b, &kubeconfig.Config{Server: server.URL}, opts...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Fetch(b.Context(), get()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
