package faults_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/faultproxy"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// bug is a mistake that a test plants between a subject and its caller, or between the library and
// the server.
type bug struct {
	name string
	// The cell that reports the bug: a subject, a part of the request's key, a fault and a stage.
	subject, request, fault string
	stage                   faultproxy.Stage
	problem                 string // a part of the verdict

	wrap     func(http.RoundTripper) http.RoundTripper
	spoilErr func(error) error
	spoil    func(*outcome)
	limit    time.Duration // of the cell
}

// roundTrip is a function as a http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// body is a body whose Read is replaced.
type body struct {
	io.ReadCloser
	read func(p []byte) (int, error)
}

func (b *body) Read(p []byte) (int, error) { return b.read(p) }

// resend returns a copy of a request that can be sent.
func resend(r *http.Request) *http.Request {
	copied := r.Clone(r.Context())
	if r.GetBody != nil {
		copied.Body, _ = r.GetBody()
	}
	return copied
}

func plantedBugs() []*bug {
	const hang = 3 * time.Second
	return []*bug{
		{name: "a POST is sent again after a lost answer", subject: "API.Create", request: "POST", fault: "reset", stage: faultproxy.Received, problem: "sent again",
			wrap: func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					response, err := next.RoundTrip(r)
					if err != nil && r.Method == http.MethodPost {
						return next.RoundTrip(resend(r))
					}
					return response, err
				})
			}},
		{name: "a write is executed twice", subject: "API.Patch", request: "PATCH", fault: "byte by byte", stage: faultproxy.Whole, problem: "executed 2 times",
			wrap: func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					response, err := next.RoundTrip(r)
					if err == nil && r.Method == http.MethodPatch {
						response.Body.Close()
						return next.RoundTrip(resend(r))
					}
					return response, err
				})
			}},
		{name: "the end of a stream is swallowed", subject: "Log.Open", request: "/log", fault: "reset", stage: faultproxy.Body, problem: "succeeded with another result",
			wrap: readAs(func(_ *http.Request, b io.ReadCloser) func(p []byte) (int, error) {
				return func(p []byte) (int, error) {
					n, err := b.Read(p)
					if err != nil {
						err = io.EOF
					}
					return n, err
				}
			})},
		{name: "a line of a log is lost", subject: "Log.Lines", request: "/log", fault: "byte by byte", stage: faultproxy.Whole, problem: "succeeded with another result",
			wrap: readAs(func(r *http.Request, b io.ReadCloser) func(p []byte) (int, error) {
				if !strings.HasSuffix(r.URL.Path, "/log") {
					return b.Read
				}
				text, err := io.ReadAll(b)
				lines := strings.SplitAfter(string(text), "\n")
				rest := strings.NewReader(strings.Join(append(lines[:1:1], lines[min(2, len(lines)):]...), ""))
				return func(p []byte) (int, error) {
					n, end := rest.Read(p)
					if end != nil && err != nil {
						end = err
					}
					return n, end
				}
			})},
		{name: "a token goes to the server of a redirect", subject: "API.Get", request: "GET", fault: "307 to another server", stage: faultproxy.Received, problem: "another server",
			wrap: func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					response, err := next.RoundTrip(r)
					if err != nil || response.Header.Get("Location") == "" {
						return response, err
					}
					response.Body.Close()
					followed := resend(r)
					followed.URL, err = url.Parse(response.Header.Get("Location"))
					if err != nil {
						return nil, err
					}
					followed.Host = followed.URL.Host
					followed.Header.Set("Authorization", "Bearer "+faultproxy.Token)
					careless := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
						DisableKeepAlives: true}
					return careless.RoundTrip(followed)
				})
			}},
		{name: "a page that fails is taken for the last", subject: "API.All in pages", request: "GET", fault: "403", stage: faultproxy.Received, problem: "succeeded with another result",
			wrap: func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					response, err := next.RoundTrip(r)
					if err == nil && response.StatusCode == http.StatusForbidden {
						response.StatusCode = http.StatusOK
						response.Body = io.NopCloser(strings.NewReader(
							`{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}`))
					}
					return response, err
				})
			}},
		{name: "the outcome of a write is taken for known", subject: "API.Delete", request: "DELETE", fault: "close", stage: faultproxy.Forwarded, problem: "may have happened",
			spoilErr: func(err error) error {
				lost, ok := errors.AsType[*transport.ConnectionError](err)
				if ok {
					copied := *lost
					copied.OutcomeUnknown = false
					return &copied
				}
				return err
			}},
		{name: "an error has no type", subject: "API.Get", request: "GET", fault: "404", stage: faultproxy.Received, problem: "no documented type",
			spoilErr: func(err error) error { return errors.New(err.Error()) }},
		{name: "a lost session is a success", subject: "Exec.Run", request: "exec", fault: "close frame 1000", stage: faultproxy.Status, problem: "without the program's exit status",
			spoilErr: func(err error) error {
				if is[*subresource.LostError](err) {
					return nil
				}
				return err
			}},
		{name: "a request has no limit", subject: "API.Get", request: "GET", fault: "silence", stage: faultproxy.Received, problem: "did not end", limit: hang,
			wrap: func(next http.RoundTripper) http.RoundTripper {
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 2*hang)
					defer cancel()
					response, err := next.RoundTrip(r.WithContext(ctx))
					if err != nil {
						return nil, err
					}
					text, err := io.ReadAll(response.Body)
					response.Body = io.NopCloser(bytes.NewReader(text))
					return response, err
				})
			}},
		{name: "a message shows the token", subject: "get -o json", request: "GET", fault: "403", stage: faultproxy.Received, problem: "the token was printed",
			spoil: func(got *outcome) { got.text += " Bearer " + faultproxy.Token }},
		{name: "a failure exits with 0", subject: "logs", request: "/log", fault: "403", stage: faultproxy.Received, problem: "succeeded with another result",
			spoil: func(got *outcome) { got.failed, got.code = false, 0 }},
		{name: "an error is not printed", subject: "delete --wait=false", request: "DELETE", fault: "403", stage: faultproxy.Received, problem: "no message",
			spoil: func(got *outcome) { got.text = "" }},
	}
}

// readAs replaces the reading of answers. Upgrades keep theirs.
func readAs(replace func(*http.Request, io.ReadCloser) func([]byte) (int, error)) func(
	http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			response, err := next.RoundTrip(r)
			if err == nil && response.StatusCode == http.StatusOK {
				response.Body = &body{response.Body, replace(r, response.Body)}
			}
			return response, err
		})
	}
}

// Without its bug, the same cell is right.
func TestEachPlantedBugMakesTheMatrixFail(t *testing.T) {
	w := newWorld(t)
	bugs := plantedBugs()
	require.GreaterOrEqual(t, len(bugs), 12)
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) {
			c := w.cellFor(t, b)
			verdict, hit, err := w.runCell(t.Context(), c, nil)
			require.NoError(t, err)
			require.True(t, hit)
			require.Empty(t, verdict)
			verdict, hit, err = w.runCell(t.Context(), c, b)
			require.NoError(t, err)
			require.True(t, hit)
			require.Contains(t, verdict, b.problem)
		})
	}
}

// cellFor returns the cell that reports a bug.
func (w *world) cellFor(t *testing.T, b *bug) *cell {
	for _, s := range subjects() {
		if s.name != b.subject {
			continue
		}
		base, err := w.observe(t.Context(), s, protocols[0])
		require.NoError(t, err)
		for _, c := range cellsOf(s, protocols[0], base) {
			if c.fault.name == b.fault && c.stage == b.stage && c.forever &&
				strings.Contains(c.request.text, b.request) {
				return c
			}
		}
	}
	require.Fail(t, "no such cell", "%+v", b)
	return nil
}
