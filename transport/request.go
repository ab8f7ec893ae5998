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

// maxUsualPath is how many bytes most paths have at most, so that target allocates once for them.
const maxUsualPath = 256

// Request is a request to the API server.
type Request struct {
	// Method is an HTTP method such as http.MethodGet.
	Method string
	// Path contains the segments of the path below the server's base URL, unescaped:
	// {"api", "v1", "namespaces", "default", "pods", "web-0"}.
	Path []string
	// Query contains the query parameters, unescaped.
	Query url.Values
	// Accept is the media type of the answer. The default is application/json.
	Accept string
	// ContentType is the media type of Body. The default is application/json.
	ContentType string
	// Body is the body to send, or nil for none. A GET, HEAD or OPTIONS request must have none.
	Body []byte
	// Timeout is the time limit of this request: nil for the Client's, zero for none. See
	// WithTimeout.
	Timeout *time.Duration
	// MaxBodyBytes is how many bytes of the answer Fetch reads, after decompression. Zero means the
	// constant MaxBodyBytes, 16 MiB. Do does not limit the body that it returns.
	MaxBodyBytes int
	// Stream is true for an answer without an end, such as a watch. The time limit then ends when
	// the headers arrive.
	Stream bool
	// Dedicated is true for a request that gets a connection of its own, over HTTP/1.1: Preconnect
	// has made it, or it is new. A large answer then takes about half of the processor time that it
	// takes over HTTP/2, and less memory. It has no effect if the client sends the request itself
	// to a proxy, for a server without TLS.
	Dedicated bool
	// Idempotent is true if the server may carry out the request twice without harm, as with a dry
	// run. Such a request is retried like a read.
	Idempotent bool
}

// String returns the method and the path. The query and the body may hold secrets.
func (r Request) String() string {
	return fmt.Sprintf("%s /%s", r.Method, strings.Join(r.Path, "/"))
}

// Format writes String for every verb and flag.
func (r Request) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, r.String()) }

// MarshalText returns String, for encoders and logs.
func (r Request) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Response is the server's answer. The caller must close Body.
type Response struct {
	StatusCode int
	Header     http.Header
	Body       io.ReadCloser
}

// String returns the status code. Headers and the body may hold secrets.
func (r Response) String() string {
	return fmt.Sprintf("%d %s", r.StatusCode, http.StatusText(r.StatusCode))
}

// Format writes String for every verb and flag.
func (r Response) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, r.String()) }

// MarshalText returns String, for encoders and logs.
func (r Response) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Do sends req and returns the answer once its headers have arrived.
//
// It fails with a *StatusError if the answer is not 2xx. That includes a redirect to another host,
// and one that would turn a write into a read; Do follows neither.
//
// The end of ctx ends the request, its retries and the reading of the body.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, error) {
	target, err := c.target(req)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, newCanceledError(ctx, req, target, false, "")
	}
	if len(req.Body) > 0 && isRead(req.Method) { // resty would not send it
		return nil, fmt.Errorf("transport: a %s request has no body", req.Method)
	}
	limit := c.newTimeLimit(ctx, req, req.Stream)
	state := &requestState{idempotent: req.idempotent(), dedicated: req.Dedicated, limit: limit}

	r := c.resty.R().SetContext(state.withState(limit.ctx)).SetDoNotParseResponse(true)
	r.SetQueryParamsFromValues(req.Query)
	r.Header = http.Header{"User-Agent": {c.agent}, "Accept": {cmp.Or(req.Accept, mediaJSON)}}
	if req.Body != nil {
		r.Header.Set("Content-Type", cmp.Or(req.ContentType, mediaJSON))
	}
	if len(req.Body) > 0 {
		r.SetBody(bytes.NewReader(req.Body)) // resty would copy a []byte three times
	}
	answer, err := r.Execute(req.Method, target.String())
	switch {
	case answer == nil: // resty did not send it: the method is invalid
		limit.stop()
		return nil, fmt.Errorf("transport: %w", cause(err))
	case err != nil:
		defer limit.stop()
		return nil, c.requestError(req, target, err, state)
	}
	resp := answer.RawResponse
	body := limit.wrapBody(resp.Body, func(err error) error {
		return c.bodyError(req, target, err,
			limit)
	})
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer body.Close()
		return nil, c.statusError(req, target, resp, body)
	}
	return &Response{StatusCode: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// Fetch sends req and returns the whole body of the answer.
//
// If the body is cut off, Fetch sends a read or an idempotent write once more. That includes dry
// runs and server-side applies (Request.Idempotent). If the body exceeds Request.MaxBodyBytes,
// Fetch fails with an *AnswerSizeError.
func (c *Client) Fetch(ctx context.Context, req *Request) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		resp, err := c.Do(ctx, req)
		if err != nil {
			return nil, err
		}
		body, err := readBody(req, resp.Body)
		var lost *ConnectionError
		switch {
		case err == nil:
			return body, nil
		case attempt > 1 || !req.idempotent() || !errors.As(err, &lost):
			return nil, err
		}
	}
}

func (r *Request) idempotent() bool { return r.Idempotent || isRead(r.Method) }

func isRead(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return false
}

// target returns the URL of req, without its query.
//
// It fails with an *InvalidNameError if a segment could lead to another path. The rules are the
// API server's for names in paths (apimachinery, IsValidPathSegmentName).
func (c *Client) target(req *Request) (*url.URL, error) {
	path := make([]byte, 0, maxUsualPath)
	path = append(path, c.base.Path...)
	rawPath := make([]byte, 0, maxUsualPath)
	rawPath = append(rawPath, c.base.RawPath...)
	for _, segment := range req.Path {
		switch {
		case segment == "":
			return nil, &InvalidNameError{Name: segment, Problem: "it is empty"}
		case segment == "." || segment == "..":
			return nil, &InvalidNameError{Name: segment,
				Problem: "it means another folder of the path"}
		case strings.ContainsAny(segment, "/%"):
			return nil, &InvalidNameError{Name: segment, Problem: "it may hold neither / nor %"}
		}
		path = append(append(path, '/'), segment...)
		rawPath = append(append(rawPath, '/'), url.PathEscape(segment)...)
	}
	u := *c.base
	// RawPath keeps these escapes. Without it net/url would escape Path again, by rules for a whole
	// path: the base path's %2F would become /, and a ; or , in a name would stay unescaped.
	u.Path, u.RawPath = string(path), string(rawPath)
	return &u, nil
}

// InvalidNameError reports a name that a request's path cannot hold. Nothing was sent.
type InvalidNameError struct {
	Name    string
	Problem string
}

func (e *InvalidNameError) Error() string {
	return fmt.Sprintf("invalid name %q: %s; give the name of one object", e.Name, e.Problem)
}
