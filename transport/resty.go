package transport

import (
	"net/http"

	"github.com/go-resty/resty/v2"
)

// Resty gives a resty client for this server, for requests that suit resty's way better than Do's: paths are relative to the server's base URL.
// They go the way of every request, with the same connections, TLS, proxy and credentials, and to no other server.
// Answers and errors are resty's: a 404 is a response, and nothing is sent again unless its own settings say so. Its log is silent.
func (c *Client) Resty() *resty.Client {
	hc := *c.http
	// resty logs to stderr by itself when something fails, and would quote URLs there.
	return resty.NewWithClient(&hc).SetBaseURL(c.Server()).SetHeader("User-Agent", c.agent).SetHeader("Accept", mediaJSON).
		SetLogger(silent{}).SetDisableWarn(true).SetAllowGetMethodPayload(true).SetPreRequestHook(noEmptyBody)
}

// noEmptyBody undoes resty's way with a request that has no body: it would go out as one of unknown length.
func noEmptyBody(_ *resty.Client, req *http.Request) error {
	if req.ContentLength == 0 {
		req.Body, req.GetBody = http.NoBody, nil
	}
	return nil
}

type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
