package transport

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// requestState is what the layers share about one request of Do or Upgrade. It travels in the
// request's context.
type requestState struct {
	idempotent bool
	dedicated  bool
	limit      *timeLimit
	connecting atomic.Bool    // the latest attempt has no connection yet
	sent       atomic.Bool    // the headers of the latest attempt were written
	renewed    bool           // the credentials were renewed after a 401
	refusal    *http.Response // the latest answer after which the request was sent again, or nil
}

type requestStateKey struct{}

// stateOf returns the state in ctx, or nil for a request that the caller made with resty.
func stateOf(ctx context.Context) *requestState {
	s, _ := ctx.Value(requestStateKey{}).(*requestState)
	return s
}

// withState returns a context that carries s, and keeps connecting and sent up to date.
func (s *requestState) withState(ctx context.Context) context.Context {
	s.connecting.Store(true)
	ctx = context.WithValue(ctx, requestStateKey{}, s)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Called several times when net/http takes another connection, because nothing could be
		// written to an idle one.
		GetConn:      func(string) { s.sent.Store(false); s.connecting.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { s.connecting.Store(false) },
		WroteHeaders: func() { s.connecting.Store(false); s.sent.Store(true) },
	})
}

// claimRenewal reports whether the caller may renew the credentials after a 401: once per request.
// It also records that the server refused what was sent.
func claimRenewal(ctx context.Context) bool {
	s := stateOf(ctx)
	if s == nil {
		return true
	}
	first := !s.renewed
	s.renewed = true
	s.sent.Store(false)
	return first
}

type pluginPauseKey struct{}

// WithPluginPause returns a context for requests under a time limit of the caller. pause is called
// before a credential plugin runs, and the function that it returns after that. A plugin may wait
// for the user.
func WithPluginPause(ctx context.Context, pause func() (resume func())) context.Context {
	return context.WithValue(ctx, pluginPauseKey{}, pause)
}

// pauseLimit pauses the time limits of the request with context ctx, while a plugin runs. The
// limits are for the server; a plugin may wait for a password.
func pauseLimit(ctx context.Context) (resume func()) {
	resumeCallers := func() {}
	pause, ok := ctx.Value(pluginPauseKey{}).(func() func())
	if ok {
		resumeCallers = pause()
	}
	s := stateOf(ctx)
	if s == nil {
		return resumeCallers
	}
	s.limit.pause()
	return func() {
		s.limit.start()
		resumeCallers()
	}
}
