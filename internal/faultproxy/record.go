package faultproxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Record is one request that a client sent.
type Record struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte
	// Hit is true if the fault happened to this request.
	Hit bool
	// Executed is the status code of the API server, or 0 if it did not get the request.
	Executed int
	// Answered is the status code that the client was sent, or 0 for none.
	Answered int
	// Sent is the number of bytes of the answer's body that were sent.
	Sent int64
}

// Upgrade reports whether the client asks for a WebSocket.
func (r *Record) Upgrade() bool { return r.Header.Get("Upgrade") != "" }

// Stream reports whether the answer has no end of its own: a watch, or a log that is followed.
func (r *Record) Stream() bool {
	query := r.URL.Query()
	return query.Get("watch") == "1" || query.Get("watch") == "true" ||
		query.Get("follow") == "true"
}

// Write reports whether the request may change something. A dry run does not.
func (r *Record) Write() bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead &&
		!slices.Contains(r.URL.Query()["dryRun"], "All")
}

// Idempotent reports whether the server may execute the request twice without harm: a read, a
// review of rights, and an apply.
func (r *Record) Idempotent() bool {
	return !r.Write() || strings.Contains(r.URL.Path, "/apis/auth") ||
		strings.HasPrefix(r.Header.Get("Content-Type"), "application/apply-patch")
}
