package proxy

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// fromEnvironment returns the proxy of the environment for base, or nil for none. It fails for a
// variable that does not parse. net/http ignores such a variable, or takes the proxy http:80 for
// http://USER:PASSWORD without @HOST.
func fromEnvironment(base *url.URL) (*Proxy, error) {
	u, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	if err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	variable := "HTTPS_PROXY"
	if base.Scheme == "http" {
		variable = "HTTP_PROXY"
	}
	if os.Getenv(variable) == "" {
		variable = strings.ToLower(variable)
	}
	raw := os.Getenv(variable)
	isExempt := u == nil && (raw == "" || parses(raw) || exempts(noProxy(), base))
	switch {
	case isExempt:
		return nil, nil
	case raw != "" && !parses(raw):
		u = new(url.URL)
	}
	return parse(u, variable, "the environment")
}

// parses reports whether the value of a variable is a URL, or one without a scheme.
func parses(raw string) bool {
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	return err == nil && u.Host != ""
}

func noProxy() string { return cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy")) }

// exempts reports whether a server is reached without the proxy of the environment, by the rules of
// golang.org/x/net/http/httpproxy. net/http applies them only to a proxy whose URL parses.
func exempts(noProxy string, server *url.URL) bool {
	host, port := strings.ToLower(server.Hostname()), server.Port()
	if port == "" {
		port = "443"
		if server.Scheme == "http" {
			port = "80"
		}
	}
	ip := net.ParseIP(host)
	if host == "localhost" || ip.IsLoopback() {
		return true
	}
	for _, entry := range strings.Split(strings.ToLower(noProxy), ",") {
		entry = strings.TrimSpace(entry)
		_, network, err := net.ParseCIDR(entry)
		if err == nil {
			if network.Contains(ip) {
				return true
			}
			continue
		}
		name, only, err := net.SplitHostPort(entry)
		if err != nil {
			name, only = entry, port
		}
		domain := strings.TrimPrefix(strings.TrimPrefix(name, "*."), ".")
		switch {
		case entry == "*":
			return true
		case name == "" || only != "" && only != port:
		case ip != nil:
			if ip.Equal(net.ParseIP(name)) {
				return true
			}
		case host == name, strings.HasSuffix(host, "."+domain):
			return true
		}
	}
	return false
}
