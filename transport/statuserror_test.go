package transport_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

var sentinels = []error{
	transport.ErrBadRequest, transport.ErrUnauthorized, transport.ErrForbidden, transport.ErrNotFound,
	transport.ErrMethodNotAllowed,
	transport.ErrNotAcceptable, transport.ErrAlreadyExists, transport.ErrConflict, transport.ErrGone,
	transport.ErrRequestEntityTooLarge,
	transport.ErrUnsupportedMediaType, transport.ErrInvalid, transport.ErrTooManyRequests, transport.ErrInternal,
	transport.ErrServiceUnavailable, transport.ErrServerTimeout,
}

// answering returns a Client that receives the same answer to each request.
func answering(t testing.TB, code int, header http.Header, body io.Reader) *transport.Client {
	return offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: code, Header: header, Body: io.NopCloser(body), Request: req}, nil
	}))
}

func failure(t testing.TB, code int, body string) *transport.StatusError {
	t.Helper()
	_, err := answering(t, code, http.Header{}, strings.NewReader(body)).Do(t.Context(), send("PUT", "{}"))
	requireOneLine(t, err)
	var se *transport.StatusError
	require.ErrorAs(t, err, &se)
	return se
}

func TestAllFieldsOfAStatusAreDecoded(t *testing.T) {
	se := failure(t, 422, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Pod \"web-0\" is invalid: [a, b]",
		"reason":"Invalid","details":{"name":"web-0","kind":"Pod","causes":[{"reason":"FieldValueForbidden","message":"Forbidden: no","field":"spec"},
		{"reason":"x","field":"y"}],"retryAfterSeconds":7},"code":422,"later":true}`)
	require.Equal(t, "Pod", se.Status.Details.Kind)
	require.Equal(t, transport.StatusCause{Reason: "FieldValueForbidden", Message: "Forbidden: no", Field: "spec"},
		se.Status.Details.Causes[0])
	require.Len(t, se.Status.Details.Causes, 2)
	require.Equal(t, 7*time.Second, se.RetryAfter)
	require.Equal(t, 422, se.Code)
	require.Equal(t, "PUT", se.Method)
	require.Equal(t, "/api/v1/pods", se.Path)
	require.False(t, se.NoStatus)
	require.EqualError(t, se, `PUT /api/v1/pods: Pod "web-0" is invalid: [a, b] (422); try again in 7s`)
}

func TestTheReasonSelectsTheSentinelBeforeTheCode(t *testing.T) {
	for _, tc := range []struct {
		code   int
		reason string
		want   error
	}{
		{409, "AlreadyExists", transport.ErrAlreadyExists}, {409, "Conflict", transport.ErrConflict},
		{409, "", transport.ErrConflict},
		{410, "Expired", transport.ErrGone}, {410, "Gone", transport.ErrGone}, {400, "Expired", transport.ErrGone},
		{404, "NotFound", transport.ErrNotFound}, {404, "Surprise", transport.ErrNotFound},
		{403, "Forbidden", transport.ErrForbidden},
		{422, "Invalid", transport.ErrInvalid}, {422, "Surprise", transport.ErrInvalid},
		{429, "TooManyRequests", transport.ErrTooManyRequests},
		{500, "ServerTimeout", transport.ErrServerTimeout}, {504, "Timeout", transport.ErrServerTimeout},
		{500, "InternalError", transport.ErrInternal},
		{405, "MethodNotAllowed", transport.ErrMethodNotAllowed}, {406, "NotAcceptable", transport.ErrNotAcceptable},
		{413, "RequestEntityTooLarge", transport.ErrRequestEntityTooLarge},
		{415, "UnsupportedMediaType", transport.ErrUnsupportedMediaType},
		{503, "ServiceUnavailable", transport.ErrServiceUnavailable}, {400, "BadRequest", transport.ErrBadRequest},
		{401, "Unauthorized", transport.ErrUnauthorized}, {418, "Surprise", nil},
	} {
		body := fmt.Sprintf(`{"kind":"Status","status":"Failure","message":"m","reason":%q,"code":%d}`, tc.reason, tc.code)
		err := error(failure(t, tc.code, body))
		for _, sentinel := range sentinels {
			is := sentinel == tc.want //nolint:errorlint // the sentinels themselves
			require.Equal(t, is, errors.Is(err, sentinel), "%d %s: %v", tc.code, tc.reason, sentinel)
		}
	}
	for code, want := range map[int]error{
		400: transport.ErrBadRequest, 401: transport.ErrUnauthorized, 403: transport.ErrForbidden,
		404: transport.ErrNotFound, 405: transport.ErrMethodNotAllowed,
		406: transport.ErrNotAcceptable, 409: transport.ErrConflict, 410: transport.ErrGone,
		413: transport.ErrRequestEntityTooLarge,
		415: transport.ErrUnsupportedMediaType, 422: transport.ErrInvalid, 429: transport.ErrTooManyRequests,
		500: transport.ErrInternal,
		502: transport.ErrInternal, 503: transport.ErrServiceUnavailable, 504: transport.ErrServerTimeout,
	} {
		se := failure(t, code, "")
		require.ErrorIs(t, se, want)
		require.ErrorIs(t, transport.StatusFailure("GET", "/", transport.Status{Reason: se.Status.Reason, Code: 999}), want,
			"the reason that is made up says the same")
	}
}

// Kubernetes 1.30 names no reason.
func TestAnApplyThatIsRefusedWithoutAReasonNamesTheVerbCreate(t *testing.T) {
	const refused = `{"kind":"Status","status":"Failure","message":"pods \"web-0\" is forbidden: ","reason":"Forbidden",%s"code":403}`
	for details, advice := range map[string]string{
		`"details":{"name":"web-0","kind":"pods"},`: "the user needs the verb create for pods, besides patch",
		"": "the user needs the verb create, besides patch",
	} {
		for contentType, want := range map[string]string{"application/apply-patch+yaml": advice, "application/merge-patch+json": ""} {
			req := send(http.MethodPatch, "{}")
			req.ContentType = contentType
			_, err := answering(t, 403, http.Header{}, strings.NewReader(fmt.Sprintf(refused, details))).Do(t.Context(), req)
			requireOneLine(t, err)
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.Contains(t, err.Error(), want)
			require.Equal(t, want != "", strings.Contains(err.Error(), "the verb create"))
		}
	}
}

func TestABodyThatIsNotAStatusIsQuoted(t *testing.T) {
	for name, tc := range map[string]struct {
		code       int
		body, want string
	}{
		"nothing": {502, "", "PUT /api/v1/pods: the server answered 502 Bad Gateway; a proxy may have answered in the API " +
			"server's place; the write may have happened: read the object before you send it again"},
		"a page": {403, "<html>\n<body>\tDenied\x1b[31m\u202e\x00</body>\r\n</html>",
			"PUT /api/v1/pods: the server answered 403 Forbidden without a Status: <html> <body> Denied[31m</body> </html>; a " +
				"proxy may have answered in the API server's place"},
		"invalid UTF-8":    {500, "a\xff\xfeb", "without a Status: a\ufffd\ufffdb;"},
		"another JSON":     {500, `{"kind":"Pod","message":"x"}`, `without a Status: {"kind":"Pod","message":"x"};`},
		"half of a Status": {500, `{"kind":"Status","message":"x`, `without a Status: {"kind":"Status","message":"x;`},
		"the server's mux": {404, "404 page not found\n",
			"PUT /api/v1/pods: the server answered 404 Not Found without a Status: 404 page not found"},
		"an unknown code": {599, "x", "the server answered 599 without a Status: x; a proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			se := failure(t, tc.code, tc.body)
			require.True(t, se.NoStatus)
			require.Contains(t, se.Error(), tc.want)
		})
	}
	require.NotContains(t, failure(t, 404, "404 page not found\n").Error(), "proxy")
}

func TestAHugeBodyIsReadAndQuotedInPart(t *testing.T) {
	read := 0
	endless := readerFunc(func(p []byte) (int,
		error) {
		read += len(p)
		return copy(p, strings.Repeat("é\xff", len(p)/3+1)), nil
	})
	_, err := answering(t, 500, http.Header{}, endless).Do(t.Context(), get())
	var se *transport.StatusError
	require.ErrorAs(t, err, &se)
	require.LessOrEqual(t, len(se.Status.Message), 2<<10)
	require.Greater(t, len(se.Status.Message), 2000)
	require.True(t, utf8.ValidString(err.Error()))
	require.LessOrEqual(t, read, 2<<20)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestABodyThatStallsDoesNotHideTheFailure(t *testing.T) {
	for _, limit := range []time.Duration{0, time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			c := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
				r, w := io.Pipe()
				context := req.Context()
				go func() {
					_, _ = io.WriteString(w, "half")
					<-context.Done()
					w.CloseWithError(context.Err())
				}()
				return &http.Response{StatusCode: 403, Body: r, Request: req}, nil
			}), transport.WithTimeout(limit))
			start := time.Now()
			_, err := c.Do(t.Context(), get())
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.ErrorContains(t, err, "without a Status: half")
			require.LessOrEqual(t, time.Since(start), 10*time.Second)
		})
	}
}

func TestStatusFailureIsAStatusError(t *testing.T) {
	err := transport.StatusFailure("GET", "/api/v1/pods",
		transport.Status{Reason: "Expired", Code: 410, Message: "too old\nresource version",
			Details: &transport.StatusDetails{RetryAfterSeconds: 2}})
	require.ErrorIs(t, err, transport.ErrGone)
	require.EqualError(t, err, "GET /api/v1/pods: too old resource version (410); try again in 2s")
	require.EqualError(t, transport.StatusFailure("GET", "/x", transport.Status{Message: "m"}), "GET /x: m")
	require.EqualError(t, transport.StatusFailure("GET", "/x", transport.Status{}),
		"GET /x: the server reported a failure without a message")
}

func FuzzAStatusErrorIsOneLineOfValidText(f *testing.F) {
	f.Add(422, `{"kind":"Status","message":"a\nb","reason":"Invalid","details":{"retryAfterSeconds":-1}}`)
	f.Add(502, "<html>\x1b]0;title\x07\xff")
	f.Add(401, `{"kind":"Status","message":"\u0085\u2028\u202e"}`)
	f.Fuzz(func(t *testing.T, code int, body string) {
		if code < 300 || code > 999 || code == 429 || code == 503 || code == 504 {
			return
		}
		text := failure(t, code, body).Error()
		require.True(t, utf8.ValidString(text))
		for _, r := range text {
			require.False(t, unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029', "%q", text)
		}
	})
}

func TestALongMessageIsCutInTheErrorTextOnly(t *testing.T) {
	long := strings.Repeat("é", 10_000)
	err := transport.StatusFailure("PUT", "/api/v1/pods", transport.Status{Message: long, Code: 422})
	require.Less(t, len(err.Error()), 5_000)
	require.True(t, utf8.ValidString(err.Error()))
	require.Contains(t, err.Error(), " … (422)")
	require.Equal(t, long, err.Status.Message)
}
