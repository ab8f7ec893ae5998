package transport

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/kx-k8s/kx/transport/internal/text"
)

// maxRedirects is how many redirects of one request are followed, as in net/http.
const maxRedirects = 10

// checkRedirect follows a redirect only within the server, because the credentials go with each
// request. It does not follow one that would turn a write into a GET (301, 302, 303), because the
// answer would look like success. The answer is then the redirect itself.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case req.URL.Scheme != first.URL.Scheme, req.URL.Host != first.URL.Host,
		req.Method != first.Method, len(via) >= maxRedirects:
		return http.ErrUseLastResponse
	}
	return nil
}

// adviseRedirect returns why a redirect was not followed.
func adviseRedirect(target *url.URL, resp *http.Response) string {
	location, err := resp.Location()
	switch {
	case err != nil:
		return ""
	case location.Scheme != target.Scheme || location.Host != target.Host:
		return fmt.Sprintf("it redirects to %s://%s, where credentials are not sent: "+
			"if that is the API server, name it in the configuration", location.Scheme,
			text.OneLine(location.Host))
	}
	return "a redirect to " + text.OneLine(location.EscapedPath()) +
		" was not followed: check the server's address"
}
