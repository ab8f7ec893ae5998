// Package hostport checks the host and the port of a URL before a program dials them.
//
//	u, err := url.Parse("https://10.0.0.1:70000")
//	fmt.Println("server " + hostport.Problem(u)) // server has a port that is not 1 to 65535
package hostport

import (
	"net/url"
	"strconv"
	"strings"
)

// Problem returns why nothing can be dialled at the host and port of a URL, or "". It is the end of
// a sentence about the URL.
func Problem(u *url.URL) string {
	host, port := u.Hostname(), u.Port()
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case host == "":
		return "names no host"
	case port != "" && (err != nil || n == 0):
		return "has a port that is not 1 to 65535"
	case strings.IndexFunc(host, isNeverInHost) >= 0 && !strings.HasPrefix(u.Host, "["):
		return "has a character in its host that no host may have"
	}
	return ""
}

// isNeverInHost reports whether no resolver accepts the character in a name. It accepts each letter
// outside ASCII: net/http encodes such a name (RFC 5891).
func isNeverInHost(c rune) bool {
	return c <= '~' && !strings.ContainsRune("-._", c) && (c < '0' || c > '9') &&
		(c|0x20 < 'a' || c|0x20 > 'z')
}

// WithoutEmptyPort returns the host and port of a URL, without a colon that no port follows. The
// port is then that of the scheme (RFC 3986, 3.2.3), and net/http drops the colon too.
func WithoutEmptyPort(u *url.URL) string {
	if u.Port() == "" {
		return strings.TrimSuffix(u.Host, ":")
	}
	return u.Host
}
