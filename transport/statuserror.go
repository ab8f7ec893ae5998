package transport

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	// maxStatusBody bounds what is read of a failure's body; the API server's own are far smaller.
	maxStatusBody = 1 << 20
	// maxQuoted bounds how much of a body that is no Status goes into the error's text.
	maxQuoted = 2 << 10
	// maxMessage bounds how much of a Status's message does.
	maxMessage = 4 << 10
	// maxStatusWait bounds how long a failure's body may take once its headers are there.
	maxStatusWait = 10 * time.Second
	// noSuchPath is the whole answer of the API server itself for a path that it does not serve.
	noSuchPath = "404 page not found"
)

// StatusError is a failure that the server answered with.
// errors.Is compares it with the sentinels of this package, by reason first and by code where the reason is unknown.
type StatusError struct {
	// Status is what the server said; for a body that is no Status (a proxy's page) it is made from the HTTP code and the body's text.
	Status Status
	// Code is the HTTP status code.
	Code int
	// Method and Path are the request's; the query is left out.
	Method, Path string
	// RetryAfter is how long the server asks to wait, zero when it does not say.
	RetryAfter time.Duration
	// NoStatus is true when the body was no Status, so that something between may have answered in the API server's place.
	NoStatus bool
	// OutcomeUnknown is true for a write that a gateway gave up on: it may have happened.
	OutcomeUnknown bool

	advice string
}

func (c *Client) statusError(req *Request, target *url.URL, resp *http.Response, body io.ReadCloser) *StatusError {
	e := &StatusError{Code: resp.StatusCode, Method: req.Method, Path: target.EscapedPath()}
	// The code is known already: a body that stalls must not hold the error back.
	stalled := time.AfterFunc(maxStatusWait, func() { body.Close() })
	text, err := io.ReadAll(io.LimitReader(body, maxStatusBody))
	stalled.Stop()
	if json.Unmarshal(text, &e.Status) != nil || e.Status.Kind != "Status" {
		e.NoStatus = true
		e.Status = Status{Kind: "Status", APIVersion: "v1", Status: "Failure", Code: int32(resp.StatusCode), Message: quote(text, maxQuoted)}
		s := sentinelByCode(resp.StatusCode)
		if s != nil {
			e.Status.Reason = reasonByCode(resp.StatusCode)
		}
		if err != nil && len(text) == 0 {
			e.Status.Message = "its body could not be read"
		}
	}
	if after, ok := retryAfter(resp.Header); ok {
		e.RetryAfter = after
	} else if d := e.Status.Details; d != nil && d.RetryAfterSeconds > 0 {
		e.RetryAfter = time.Duration(d.RetryAfterSeconds) * time.Second
	}
	e.OutcomeUnknown = !req.idempotent() && e.fromGateway()
	switch {
	case e.Code == http.StatusUnauthorized:
		e.advice = c.adviseUnauthorized()
	case e.Code == http.StatusProxyAuthRequired && c.network.proxy != nil:
		e.advice = c.network.proxy.adviseStatus(resp, target.Host)
	case e.Code >= 300 && e.Code <= 399:
		e.advice = adviseRedirect(target, resp)
	case e.NoStatus && e.Status.Message != noSuchPath:
		e.advice = "a proxy may have answered in the API server's place"
	}
	return e
}

// fromGateway holds for the codes by which a gateway says that it lost the server, or gave up on it.
func (e *StatusError) fromGateway() bool {
	switch e.Code {
	case http.StatusGatewayTimeout:
		return true
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return e.NoStatus
	}
	return false
}

// Error gives one line: the request, the server's words, and what to do where the code alone does not tell.
func (e *StatusError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	message := shorten(oneLine(e.Status.Message))
	answered := strings.TrimSpace(fmt.Sprintf("the server answered %d %s", e.Code, http.StatusText(e.Code)))
	switch {
	case message == "" && e.Code == 0:
		b.WriteString("the server reported a failure and no message")
	case message == "":
		b.WriteString(answered)
	case e.NoStatus:
		b.WriteString(answered + " and no Status: " + message)
	case e.Code == 0:
		b.WriteString(message)
	default:
		fmt.Fprintf(&b, "%s (%d)", message, e.Code)
	}
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

// shorten cuts a message that no reader would get to the end of, as that on a pod's immutable fields with both specs in it; Status keeps the whole.
func shorten(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + " …"
}

// Is matches the sentinel of the Status's reason or, when the reason is none that is known, of the code, and ErrOutcomeUnknown where that holds.
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

// StatusFailure makes a *StatusError of a Status that came in the body of a success, as a watch's ERROR event does.
func StatusFailure(method, path string, status Status) *StatusError {
	e := &StatusError{Status: status, Code: int(status.Code), Method: method, Path: path}
	d := status.Details
	if d != nil {
		e.RetryAfter = time.Duration(d.RetryAfterSeconds) * time.Second
	}
	return e
}

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
