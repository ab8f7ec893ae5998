package transport

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/transport/internal/text"
)

const (
	// maxStatusBody is how many bytes of a failure's body are read. A Status is far smaller.
	maxStatusBody = 1 << 20

	// maxQuoted is how many bytes of a body that is no Status go into the error's text.
	maxQuoted = 2 << 10

	// statusBodyTimeout is how long the body of a failure may take after its headers.
	statusBodyTimeout = 10 * time.Second

	// noSuchPath is the API server's whole answer for a path that it does not serve.
	noSuchPath = "404 page not found"
)

// StatusError is a failure with which the server answered. errors.Is finds the sentinels of this
// package in it: by the reason of the Status or, if the reason is unknown, by the status code.
type StatusError struct {
	// Status is the server's Status. If the body is no Status, such as a proxy's page, it is made
	// from the status code and the body's text.
	Status Status
	// Code is the HTTP status code.
	Code int
	// Method and Path are the request's. The query is left out.
	Method, Path string
	// RetryAfter is how long the server asks to wait, or zero.
	RetryAfter time.Duration
	// NoStatus is true if the body was no Status: a proxy may have answered in the API server's
	// place.
	NoStatus bool
	// OutcomeUnknown is true for the 500, 502 or 504 of a write, and a gateway's 503: the write may
	// have been carried out. It is false if admission failed, which comes before the write.
	OutcomeUnknown bool

	advice string
}

// statusError returns the error of a failed answer.
func (c *Client) statusError(req *Request, target *url.URL, resp *http.Response,
	body io.ReadCloser) *StatusError {
	e := &StatusError{Code: resp.StatusCode, Method: req.Method, Path: target.EscapedPath()}
	e.readStatus(body)
	after, ok := retryAfter(resp.Header)
	details := e.Status.Details
	switch {
	case ok:
		e.RetryAfter = after
	case details != nil && details.RetryAfterSeconds > 0:
		e.RetryAfter = time.Duration(details.RetryAfterSeconds) * time.Second
	}
	e.OutcomeUnknown = !req.idempotent() && e.mayBeWritten()
	switch {
	case e.Code == http.StatusUnauthorized:
		e.advice = c.adviseUnauthorized()
	case e.Code == http.StatusProxyAuthRequired && c.network.proxy != nil:
		e.advice = c.network.proxy.AdviseStatus(resp, target.Host)
	case e.Code >= 300 && e.Code <= 399:
		e.advice = adviseRedirect(target, resp)
	case e.WithoutReason() && req.ContentType == "application/apply-patch+yaml":
		e.advice = adviseRefusedApply(details)
	case e.NoStatus && e.Status.Message != noSuchPath:
		e.advice = "a proxy may have answered in the API server's place"
	}
	return e
}

// readStatus reads the Status from body, or makes one of what body holds instead.
func (e *StatusError) readStatus(body io.ReadCloser) {
	// The status code is known already: a body that stalls must not delay the error.
	timer := time.AfterFunc(statusBodyTimeout, func() { body.Close() })
	content, err := io.ReadAll(io.LimitReader(body, maxStatusBody))
	timer.Stop()
	if json.Unmarshal(content, &e.Status) == nil && e.Status.Kind == "Status" {
		return
	}
	e.NoStatus = true
	e.Status = Status{
		Kind: "Status", APIVersion: "v1", Status: "Failure", Code: int32(e.Code),
		Message: text.Quote(content, maxQuoted),
	}
	if sentinelByCode(e.Code) != nil {
		e.Status.Reason = reasonByCode(e.Code)
	}
	if err != nil && len(content) == 0 {
		e.Status.Message = "its body could not be read"
	}
}

// mayBeWritten reports whether the server may have carried out a write that it answered so: it lost
// the storage, or a gateway lost it.
func (e *StatusError) mayBeWritten() bool {
	switch e.Code {
	case http.StatusInternalServerError:
		// Admission comes before storage, and an eviction looks for budgets first.
		return !strings.Contains(e.Status.Message, "webhook") &&
			!strings.Contains(e.Status.Message, "PodDisruptionBudget")
	case http.StatusGatewayTimeout, http.StatusBadGateway:
		return true
	case http.StatusServiceUnavailable:
		return e.NoStatus
	}
	return false
}

// Error returns one line: the request, the server's message, and the remedy if there is one.
func (e *StatusError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s", e.Method, e.Path, e.reason())
	if e.advice != "" {
		b.WriteString("; " + e.advice)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; try again in %v", e.RetryAfter)
	}
	if e.OutcomeUnknown {
		b.WriteString("; " + outcomeUnknownAdvice)
	}
	return b.String()
}

// reason returns the server's message and the status code.
func (e *StatusError) reason() string {
	message := text.Shorten(text.OneLine(e.Status.Message))
	answered := strings.TrimSpace(fmt.Sprintf("the server answered %d %s", e.Code,
		http.StatusText(e.Code)))
	switch {
	case message == "" && e.Code == 0:
		return "the server reported a failure without a message"
	case message == "":
		return answered
	case e.NoStatus:
		return answered + " without a Status: " + message
	case e.Code == 0:
		return message
	}
	return fmt.Sprintf("%s (%d)", message, e.Code)
}

// Is matches the sentinel of the reason or, if the reason is unknown, that of the status code.
// It matches ErrOutcomeUnknown if OutcomeUnknown is set.
func (e *StatusError) Is(target error) bool {
	if target == ErrOutcomeUnknown {
		return e.OutcomeUnknown
	}
	sentinel := sentinelByReason(e.Status.Reason)
	if sentinel == nil {
		sentinel = sentinelByCode(e.Code)
	}
	return sentinel != nil && target == sentinel
}

// WithoutReason reports whether the server refused the request and left the reason empty. From
// Kubernetes 1.35 on it does so for a stream whose user may get the subresource, but not create it.
// Kubernetes 1.30 does so for an apply of a new object whose user may patch, but not create it.
func (e *StatusError) WithoutReason() bool {
	return e.Code == http.StatusForbidden &&
		strings.HasSuffix(strings.TrimSpace(e.Status.Message), "is forbidden:")
}

// StatusFailure returns the *StatusError of a Status in the body of a successful answer, such as
// that of a watch's ERROR event.
func StatusFailure(method, path string, status Status) *StatusError {
	e := &StatusError{Status: status, Code: int(status.Code), Method: method, Path: path}
	d := status.Details
	if d != nil {
		e.RetryAfter = time.Duration(d.RetryAfterSeconds) * time.Second
	}
	return e
}

// reasonByCode returns the reason that the API server uses with a status code.
func reasonByCode(code int) string {
	switch code {
	case http.StatusConflict:
		return "Conflict"
	case http.StatusUnprocessableEntity:
		return "Invalid"
	case http.StatusInternalServerError, http.StatusBadGateway:
		return "InternalError"
	case http.StatusGatewayTimeout:
		return "Timeout"
	}
	return strings.ReplaceAll(http.StatusText(code), " ", "")
}
