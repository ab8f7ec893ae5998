package transport

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/kx-k8s/kx/transport/internal/text"
)

// WithLogger logs each request at its end, as WithMetrics reports it. The level is Debug. It is
// Warn if no complete answer arrived, unless the caller's context has ended, and for an answer of
// 500 or more. The attributes are
//
//	method, path        without the query, which can hold the command of an exec
//	code                absent if no answer arrived
//	duration, attempts
//	sent, received      bytes
//	error               absent after a complete answer
//
// The logger receives the request's context, with the values of the caller. No attribute holds a
// credential. WithLog shows headers and bodies, and each attempt.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) {
		s.observe(func(ctx context.Context, m *RequestMetrics) { logRequest(ctx, logger, m) })
	}
}

func logRequest(ctx context.Context, logger *slog.Logger, m *RequestMetrics) {
	level := slog.LevelDebug
	if m.Err != nil && ctx.Err() == nil || m.Code >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	if !logger.Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{slog.String("method", m.Method), slog.String("path", m.Path)}
	if m.Code != 0 {
		attributes = append(attributes, slog.Int("code", m.Code))
	}
	attributes = append(attributes, slog.Duration("duration", m.Duration),
		slog.Int("attempts", m.Attempts), slog.Int64("sent", m.BytesSent),
		slog.Int64("received", m.BytesReceived))
	if m.Err != nil {
		attributes = append(attributes, slog.String("error",
			text.Shorten(text.OneLine(cause(m.Err).Error()))))
	}
	logger.LogAttrs(ctx, level, "Kubernetes API request", attributes...)
}
