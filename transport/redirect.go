package transport

import (
	"fmt"
	"net/http"
	"net/url"
)

// checkRedirect follows a redirect within the server only: our credentials go with whatever is sent, so another host must not be asked.
// A write that would go on as a GET (301, 302, 303) is not followed either: its answer would look like success.
// What is not followed comes back as the answer, which Do makes a *StatusError of.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host || req.Method != first.Method || len(via) >= 10 {
		return http.ErrUseLastResponse
	}
	return nil
}

// adviseRedirect says why a redirect was not followed.
func adviseRedirect(target *url.URL, resp *http.Response) string {
	to, err := resp.Location()
	switch {
	case err != nil:
		return ""
	case to.Scheme != target.Scheme || to.Host != target.Host:
		return fmt.Sprintf("it redirects to %s://%s, where credentials are not sent: if that is the API server, name it in the configuration", to.Scheme, oneLine(to.Host))
	}
	return "a redirect to " + oneLine(to.EscapedPath()) + " was not followed: check the server's address"
}
