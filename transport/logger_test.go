package transport_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// slogOf returns the log of one request, without its times.
func slogOf(t *testing.T, ctx context.Context, level slog.Level, next http.RoundTripper, req *transport.Request) string {
	t.Helper()
	var log bytes.Buffer
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level})
	_, _ = offline(t, next, transport.WithLogger(slog.New(handler))).Fetch(ctx, req)
	return regexp.MustCompile(`time=\S+ |duration=\S+ `).ReplaceAllString(log.String(), "")
}

func TestTheLoggerLogsEachRequestOnce(t *testing.T) {
	list := &transport.Request{Method: "GET", Path: []string{"api", "v1", "namespaces", "n", "pods"}, Query: url.Values{"command": {"s3cret"}}}
	canceled, cancel := context.WithCancel(t.Context())
	defer cancel()
	for sentence, tc := range map[string]struct {
		ctx   context.Context
		level slog.Level
		steps []step
		req   *transport.Request
		want  string
	}{
		"an answer": {t.Context(), slog.LevelDebug, []step{{code: 200}}, list,
			"level=DEBUG msg=\"Kubernetes API request\" method=GET path=/api/v1/namespaces/n/pods code=200 attempts=1 sent=0 received=2\n"},
		"a failure": {t.Context(), slog.LevelDebug, []step{{code: 404}}, list,
			"level=DEBUG msg=\"Kubernetes API request\" method=GET path=/api/v1/namespaces/n/pods code=404 attempts=1 sent=0 received=2\n"},
		"an answer at level Info":              {t.Context(), slog.LevelInfo, []step{{code: 200}}, list, ""},
		"an expected failure at level Info":    {t.Context(), slog.LevelInfo, []step{{code: 404}}, list, ""},
		"a fault of the server at level Info":  {t.Context(), slog.LevelInfo, []step{{code: 500}}, list, "level=WARN msg=\"Kubernetes API request\" method=GET path=/api/v1/namespaces/n/pods code=500 attempts=1 sent=0 received=2\n"},
		"a lost connection at level Info":      {t.Context(), slog.LevelInfo, []step{{err: errBroken}}, send("POST", "{}"), "level=WARN msg=\"Kubernetes API request\" method=POST path=/api/v1/pods attempts=1 sent=2 received=0 error=\"broken pipe\"\n"},
		"a name that needs escapes":            {t.Context(), slog.LevelDebug, []step{{code: 200}}, get("api", "v1", "nodes", "a\nb"), "level=DEBUG msg=\"Kubernetes API request\" method=GET path=/api/v1/nodes/a%0Ab code=200 attempts=1 sent=0 received=2\n"},
		"a request that the caller has ended":  {canceled, slog.LevelInfo, []step{{err: context.Canceled}}, list, ""},
		"a write that was refused, then taken": {t.Context(), slog.LevelDebug, []step{{code: 429, after: "0"}, {code: 201}}, send("POST", "{}"), "level=DEBUG msg=\"Kubernetes API request\" method=POST path=/api/v1/pods code=201 attempts=2 sent=2 received=2\n"},
	} {
		t.Run(sentence, func(t *testing.T) {
			next := http.RoundTripper(&script{steps: tc.steps})
			if tc.ctx == canceled {
				steps := next
				next = roundTripper(func(req *http.Request) (*http.Response, error) {
					cancel()
					return steps.RoundTrip(req)
				})
			}
			require.Equal(t, tc.want, slogOf(t, tc.ctx, tc.level, next, tc.req))
		})
	}
}

func TestTheLoggerReceivesTheRequestsContextAndNoCredential(t *testing.T) {
	type key struct{}
	var log bytes.Buffer
	var values []any
	handler := &contextHandler{Handler: slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}), see: func(ctx context.Context) { values = append(values, ctx.Value(key{})) }}
	cfg := serve(t, accept)
	cfg.BearerToken, cfg.Impersonate = "s3cret", kubeconfig.Impersonate{User: "s3cret"}
	c := newClient(t, cfg, transport.WithLogger(slog.New(handler)))
	ws, err := c.Upgrade(context.WithValue(t.Context(), key{}, "trace"), execRequest(), v5, v4)
	require.NoError(t, err)
	require.NoError(t, ws.Close())
	require.Equal(t, []any{"trace"}, values)
	require.Contains(t, log.String(), "code=101")
	require.NotContains(t, log.String(), "s3cret")
	require.NotContains(t, log.String(), "pa55word", "the command of an exec")
}

var errBroken = errors.New("broken\npipe")

// contextHandler shows the context of each record.
type contextHandler struct {
	slog.Handler
	see func(context.Context)
}

func (h *contextHandler) Handle(ctx context.Context, r slog.Record) error {
	h.see(ctx)
	return h.Handler.Handle(ctx, r)
}
