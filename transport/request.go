package transport

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const mediaJSON = "application/json"

// Request is one request to the API server.
type Request struct {
	// Method is an HTTP method such as http.MethodGet.
	Method string
	// Path holds the segments below the server's base URL, not escaped: {"api", "v1", "namespaces", "default", "pods", "web-0"}.
	Path []string
	// Query holds the parameters, not escaped.
	Query url.Values
	// Accept is the media type asked for; empty means application/json.
	Accept string
	// ContentType and Body are what is sent. A nil Body sends none; an empty ContentType means application/json.
	ContentType string
	Body        []byte
	// Timeout is this request's own time limit: nil means the Client's, zero none.
	Timeout *time.Duration
	// Stream marks an answer that has no natural end, such as a watch: the time limit then holds only until its headers arrive.
	Stream bool
	// Idempotent marks a write that may be sent twice without harm, such as a dry run, so that it is tried again like a read.
	Idempotent bool
}

// String gives the method and the path; the query and the body may hold what is secret.
func (r Request) String() string { return fmt.Sprintf("%s /%s", r.Method, strings.Join(r.Path, "/")) }

// Format writes String for every verb and flag.
func (r Request) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, r.String()) }

// MarshalText gives String, for encoders and logs.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Response is the server's answer. Body must be closed.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       io.ReadCloser
}

// String gives the code; headers and the body may hold what is secret.
func (r Response) String() string {
	return fmt.Sprintf("%d %s", r.StatusCode, http.StatusText(r.StatusCode))
}

// Format writes String for every verb and flag.
func (r Response) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, r.String()) }

// MarshalText gives String, for encoders and logs.
func (r Response) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Do sends req and returns the answer once its headers are there. An answer that is not 2xx is a *StatusError,
// and so is a redirect to another host, or one that would make a read of a write: neither is followed.
// Cancelling ctx ends the request, its retries and the reading of its body.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, error) {
	target, err := c.target(req)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &canceledError{method: req.Method, path: target.EscapedPath(), kind: err, cause: context.Cause(ctx)}
	}
	wait := newWait(ctx, c.timeoutFor(req), req.Stream)
	call := &call{idempotent: req.idempotent(), limit: wait}

	hr, err := http.NewRequestWithContext(call.in(wait.ctx), req.Method, target.String(), requestBody(req.Body))
	if err != nil {
		wait.stop()
		return nil, fmt.Errorf("transport: %w", cause(err))
	}
	hr.Header = http.Header{"User-Agent": {c.agent}, "Accept": {cmp.Or(req.Accept, mediaJSON)}}
	if req.Body != nil {
		hr.Header.Set("Content-Type", cmp.Or(req.ContentType, mediaJSON))
	}
	raw, err := c.http.Do(hr)
	if err != nil {
		defer wait.stop()
		return nil, c.lost(req, target, err, call)
	}
	body := wait.body(raw.Body, func(err error) error { return c.lostBody(req, target, err, wait) })
	if raw.StatusCode < 200 || raw.StatusCode > 299 {
		defer body.Close()
		return nil, c.statusError(req, target, raw, body)
	}
	return &Response{StatusCode: raw.StatusCode, Header: raw.Header, Body: body}, nil
}

// requestBody leaves an empty body out: it would go out as one of unknown length.
func requestBody(body []byte) io.Reader {
	if len(body) == 0 {
		return nil
	}
	return bytes.NewReader(body)
}

func (r *Request) idempotent() bool {
	return r.Idempotent || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
}

// target gives the URL of req below the base URL. A segment that could lead elsewhere is refused before anything is sent,
// by the rules that the API server has for names in paths (IsValidPathSegmentName).
func (c *Client) target(req *Request) (*url.URL, error) {
	var path, raw strings.Builder
	path.WriteString(c.base.Path)
	raw.WriteString(c.base.EscapedPath())
	for _, segment := range req.Path {
		switch {
		case segment == "":
			return nil, &InvalidNameError{Name: segment, Problem: "it is empty"}
		case segment == "." || segment == "..":
			return nil, &InvalidNameError{Name: segment, Problem: "it means another folder of the path"}
		case strings.ContainsAny(segment, "/%"):
			return nil, &InvalidNameError{Name: segment, Problem: "it may hold neither / nor %"}
		}
		path.WriteString("/" + segment)
		raw.WriteString("/" + url.PathEscape(segment))
	}
	u := *c.base
	u.Path, u.RawPath = path.String(), raw.String()
	u.RawQuery = req.Query.Encode()
	return &u, nil
}

// InvalidNameError says that a name cannot stand in a request's path; nothing was sent.
type InvalidNameError struct {
	Name    string
	Problem string
}

func (e *InvalidNameError) Error() string {
	return fmt.Sprintf("invalid name %q: %s; give the name of one object", e.Name, e.Problem)
}

// Fetch sends req and gives the whole body of the answer. A read whose answer is cut off is sent once more.
func (c *Client) Fetch(ctx context.Context, req *Request) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		resp, err := c.Do(ctx, req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		var lost *ConnectionError
		switch {
		case err == nil:
			return body, nil
		case attempt > 1 || !req.idempotent() || !errors.As(err, &lost):
			return nil, err
		}
	}
}
