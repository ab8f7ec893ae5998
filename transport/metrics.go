package transport

import (
	"context"
	"time"
)

// RequestMetrics are the figures of one request, at its end.
type RequestMetrics struct {
	// Method is the HTTP method. Path is the escaped path, without the query. It names objects, so
	// it is no label for metrics.
	Method, Path string
	// Verb is what the API server's rules call it: get, list, watch, create, update, patch, delete
	// or deletecollection. For a path outside the API's objects, such as /version, it is the
	// method in lower case. A stream's verb is get (exec, attach, port-forward).
	Verb string
	// Group, Version, Resource, Subresource and Namespace are those of the path. They are empty
	// where the path has none.
	Group, Version, Resource, Subresource, Namespace string

	// Code is the HTTP status code, or 0 if no answer arrived.
	Code int
	// Attempts is how often the request was tried, 1 without retries.
	Attempts int
	// Latency is the time until the headers of the last answer arrived. It includes retries and
	// their pauses. Duration is the time until the end: until the body was read or closed, or the
	// stream was closed.
	Latency, Duration time.Duration
	// BytesSent is the size of the request's body, counted once, or what was written to a stream.
	// BytesReceived is what was read of the answer's body or of the stream, after decompression.
	BytesSent, BytesReceived int64
	// Err is why there was no answer, or no more of it. An answer that reports a failure has a
	// Code and no Err.
	Err error
}

// WithMetrics sets a function that receives the metrics of each request at its end: when the body
// of the answer has been read or closed. A watch, a log and a stream end late.
//
// A request that is retried is reported once. A redirect that is followed, and the second request
// of a Fetch whose body was cut off, are requests of their own. Several goroutines may call report
// at once, and their requests wait for it. The functions of several WithMetrics are called in
// order.
func WithMetrics(report func(RequestMetrics)) Option {
	return func(s *settings) {
		s.observe(func(_ context.Context, m *RequestMetrics) { report(*m) })
	}
}
