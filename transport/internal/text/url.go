package text

import (
	"net/url"
	"slices"
	"strings"
)

// shownParameters are the query parameters whose values are harmless.
// Those of others may be secret: a command of exec may hold a password.
var shownParameters = []string{
	"allowWatchBookmarks", "container", "continue", "dryRun", "fieldManager", "fieldSelector",
	"fieldValidation", "follow", "force", "includeObject", "labelSelector", "limit", "ports",
	"previous", "propagationPolicy", "resourceVersion", "resourceVersionMatch", "sinceSeconds",
	"stderr", "stdin", "stdout", "tailLines", "timeoutSeconds", "timestamps", "tty", "watch",
}

// RedactURL returns a URL without user and password, and without the values of query parameters
// that are not known to be harmless.
func RedactURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil && !strings.ContainsAny(raw, "@?#") && !strings.Contains(raw, "://"):
		return OneLine(raw) // without a password: 127.0.0.1:6443
	case err != nil, u.Host == "" && strings.Contains(raw, "@"),
		strings.Count(u.Host, ":") > 1 && u.Host[0] != '[': // USER:PASSWORDHOST:PORT
		return "(a URL that cannot be read)"
	}
	if u.User != nil {
		u.User = url.User("REDACTED")
	}
	query := u.Query()
	for name, values := range query {
		if !slices.Contains(shownParameters, name) {
			for i := range values {
				values[i] = "REDACTED"
			}
		}
	}
	u.RawQuery = query.Encode()
	u.Fragment = ""
	return u.String()
}
