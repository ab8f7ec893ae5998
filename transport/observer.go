package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// observer reports each request at its end. It is the uppermost layer, so that it sees a request
// once and not each attempt. Only WithMetrics and WithLogger make one.
type observer struct {
	next    http.RoundTripper
	base    *url.URL
	reports []func(context.Context, *RequestMetrics)
}

// observe adds a function that receives the metrics of each request.
func (s *settings) observe(report func(context.Context, *RequestMetrics)) {
	s.reports = append(s.reports, report)
	s.observer = func(next http.RoundTripper, base *url.URL) http.RoundTripper {
		return &observer{next: next, base: base, reports: s.reports}
	}
}

// observation is what is known about a running request.
type observation struct {
	observer *observer
	ctx      context.Context // the caller's
	metrics  RequestMetrics
	start    time.Time
	attempts atomic.Int32
	sent     atomic.Int64
	received atomic.Int64
	ended    atomic.Bool
}

type observationKey struct{}

// countAttempt counts an attempt of the request with context ctx, if an observer wants to know.
func countAttempt(ctx context.Context) {
	o, ok := ctx.Value(observationKey{}).(*observation)
	if ok {
		o.attempts.Add(1)
	}
}

func (t *observer) RoundTrip(req *http.Request) (*http.Response, error) {
	o := &observation{observer: t, ctx: req.Context(), start: time.Now()}
	o.metrics.Method, o.metrics.Path = req.Method, req.URL.EscapedPath()
	o.metrics.describe(t.base, req.URL)
	o.sent.Store(max(req.ContentLength, 0))
	resp, err := t.next.RoundTrip(req.WithContext(
		context.WithValue(req.Context(), observationKey{}, o)))
	o.metrics.Latency = time.Since(o.start)
	if err != nil {
		o.end(err)
		return resp, err
	}
	o.metrics.Code = resp.StatusCode
	body := &observedBody{ReadCloser: resp.Body, observation: o}
	stream, ok := resp.Body.(io.ReadWriteCloser)
	if ok {
		resp.Body = &observedStream{observedBody: body, writer: stream}
	} else {
		resp.Body = body
	}
	return resp, nil
}

// end reports the request, once.
func (o *observation) end(err error) {
	if o.ended.Swap(true) {
		return
	}
	m := o.metrics
	m.Duration, m.Attempts = time.Since(o.start), int(o.attempts.Load())
	m.BytesSent, m.BytesReceived = o.sent.Load(), o.received.Load()
	if !errors.Is(err, io.EOF) {
		m.Err = err
	}
	for _, report := range o.observer.reports {
		report(o.ctx, &m)
	}
}

// observedBody counts the bytes that are read, and ends the observation.
type observedBody struct {
	io.ReadCloser
	observation *observation
}

func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.observation.received.Add(int64(n))
	if err != nil {
		b.observation.end(err)
	}
	return n, err
}

func (b *observedBody) Close() error {
	err := b.ReadCloser.Close()
	b.observation.end(nil)
	return err
}

// observedStream is the body of a 101 answer, which can be written to.
type observedStream struct {
	*observedBody
	writer io.Writer
}

func (s *observedStream) Write(p []byte) (int, error) {
	n, err := s.writer.Write(p)
	s.observation.sent.Add(int64(n))
	return n, err
}
