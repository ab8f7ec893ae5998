package transport

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// describe sets the verb and the object's kind from the request's URL, by the form of its path
// alone. These are the rules of the API server's authorization (apiserver, RequestInfoFactory).
func (m *RequestMetrics) describe(base, target *url.URL) {
	m.Verb = strings.ToLower(m.Method)
	segments := pathSegments(strings.TrimPrefix(target.EscapedPath(), base.EscapedPath()))
	switch {
	case len(segments) >= 3 && segments[0] == "api":
		m.Version, segments = segments[1], segments[2:]
	case len(segments) >= 4 && segments[0] == "apis":
		m.Group, m.Version, segments = segments[1], segments[2], segments[3:]
	default:
		return
	}
	if segments[0] == "namespaces" && len(segments) > 1 {
		m.Namespace = segments[1]
		// The subresources of the namespace itself come after its name, too.
		if len(segments) > 2 && segments[2] != "status" && segments[2] != "finalize" {
			segments = segments[2:]
		}
	}
	m.Resource = segments[0]
	if len(segments) > 2 {
		m.Subresource = segments[2]
	}
	m.Verb = verbOf(m.Method, len(segments) > 1, target.Query())
}

func verbOf(method string, hasName bool, query url.Values) string {
	switch method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodDelete:
		if hasName {
			return "delete"
		}
		return "deletecollection"
	case http.MethodGet, http.MethodHead:
		values, watched := query["watch"]
		switch {
		case hasName:
			return "get"
		case watched && !slices.Contains([]string{"0", "false"}, strings.ToLower(values[0])):
			return "watch"
		}
		return "list"
	}
	return strings.ToLower(method)
}

// pathSegments returns the segments of an escaped path, unescaped.
func pathSegments(escaped string) []string {
	segments := strings.Split(strings.Trim(escaped, "/"), "/")
	for i, segment := range segments {
		if plain, err := url.PathUnescape(segment); err == nil {
			segments[i] = plain
		}
	}
	return segments
}
