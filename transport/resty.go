package transport

import (
	"net/http"

	"github.com/go-resty/resty/v2"
)

// Resty returns the resty client that Do sends with, for calls of your own. Paths are relative to
// the server's base URL:
//
//	var pod resources.Pod
//	r := client.Resty().R().SetContext(ctx).SetResult(&pod)
//	_, err := r.Get("/api/v1/namespaces/default/pods/web-0")
//
// Such a call passes the layers below Do. The retrier passes it through unchanged, and the Client's
// time limit does not apply. Only the Client's server receives it. Its answers and errors are
// resty's: a 404 is a response, not an error. resty's own log is silent.
//
// Set properties on the request, as above. A property of the resty client applies to every request
// of the Client, and some properties break other requests: SetTimeout ends watches and logs.
func (c *Client) Resty() *resty.Client { return c.resty }

func (c *Client) newResty() *resty.Client {
	return resty.NewWithClient(c.http).
		SetBaseURL(c.Server()).SetHeader("User-Agent", c.agent).SetHeader("Accept", mediaJSON).
		SetLogger(silentLogger{}).SetDisableWarn(true).SetPreRequestHook(clearEmptyBody)
}

// clearEmptyBody removes the empty body that resty sets on a request without one.
// net/http would send a body of unknown length.
func clearEmptyBody(_ *resty.Client, req *http.Request) error {
	if req.ContentLength == 0 {
		req.Body, req.GetBody = http.NoBody, nil
	}
	return nil
}

// silentLogger discards resty's log, which would quote URLs on standard error.
type silentLogger struct{}

func (silentLogger) Errorf(string, ...any) {}
func (silentLogger) Warnf(string, ...any)  {}
func (silentLogger) Debugf(string, ...any) {}
