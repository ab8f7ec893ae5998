package apiserver

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// call is one request to the API.
type call struct {
	server *Server
	http   *http.Request
	user   *User
	query  url.Values

	verb          string // as in RBAC; for other paths the HTTP method in lower case
	isResource    bool   // false for a path such as /version
	group         string
	version       string
	namespace     string
	resourceName  string // such as "pods"
	name          string
	subresource   string
	extraSegments int // path segments after the subresource

	kind *api.Kind // nil until route has found it
	form form      // how to encode the response
}

// newCall parses the path by its form alone, as the API server's authorization does. The resource
// may not exist.
func newCall(s *Server, r *http.Request) *call {
	c := &call{server: s, http: r, query: r.URL.Query(), verb: strings.ToLower(r.Method)}
	segments := splitPath(r.URL.EscapedPath())
	switch {
	case len(segments) >= 3 && segments[0] == "api":
		c.version, segments = segments[1], segments[2:]
	case len(segments) >= 4 && segments[0] == "apis":
		c.group, c.version, segments = segments[1], segments[2], segments[3:]
	default:
		return c
	}
	c.isResource = true
	if segments[0] == "namespaces" && len(segments) > 1 {
		c.namespace = segments[1]
		if len(segments) > 2 && segments[2] != "status" && segments[2] != "finalize" {
			segments = segments[2:]
		}
	}
	c.resourceName = segments[0]
	if len(segments) > 1 {
		c.name = segments[1]
	}
	if len(segments) > 2 {
		c.subresource = segments[2]
	}
	c.extraSegments = max(0, len(segments)-3)
	c.verb = c.resourceVerb()
	if c.name == "" && (c.verb == "list" || c.verb == "watch") {
		c.name = selectedName(c.query.Get("fieldSelector"))
	}
	return c
}

func splitPath(escaped string) []string {
	segments := strings.Split(strings.Trim(escaped, "/"), "/")
	for i, segment := range segments {
		if plain, err := url.PathUnescape(segment); err == nil {
			segments[i] = plain
		}
	}
	return segments
}

func (c *call) resourceVerb() string {
	collection := c.name == ""
	switch c.http.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		if collection {
			return "deletecollection"
		}
		return "delete"
	case http.MethodGet, http.MethodHead:
		if !collection {
			return "get"
		}
		if queryBool(c.query, "watch") {
			return "watch"
		}
		return "list"
	}
	return ""
}

// selectedName returns the name in a field selector, which authorization checks.
func selectedName(selector string) string {
	for term := range strings.SplitSeq(selector, ",") {
		if name, ok := strings.CutPrefix(term, "metadata.name="); ok {
			return strings.TrimPrefix(name, "=")
		}
	}
	return ""
}

// queryBool reads a boolean query parameter as the API server does: every value but 0 and false is
// true.
func queryBool(query url.Values, name string) bool {
	values, ok := query[name]
	return ok && !slices.Contains([]string{"0", "false"}, strings.ToLower(values[0]))
}

// route serves an authorized request.
func (c *call) route(w http.ResponseWriter) {
	if strings.Contains(c.http.URL.Path, "//") && !strings.Contains(c.http.URL.Path,
		"/namespaces//") {
		api.PageNotFound(w)
		return
	}
	if !c.isResource {
		c.discover(w)
		return
	}
	var handle func(http.ResponseWriter) error
	switch {
	case c.resourceName == "selfsubjectaccessreviews" && c.group == "authorization.k8s.io" &&
		c.version == "v1":
		handle = c.onlyMethod(http.MethodPost, c.reviewAccess)
	case c.resourceName == "selfsubjectrulesreviews" && c.group == "authorization.k8s.io" &&
		c.version == "v1":
		handle = c.onlyMethod(http.MethodPost, c.reviewRules)
	case c.resourceName == "selfsubjectreviews" && c.group == "authentication.k8s.io" &&
		c.version == "v1":
		handle = c.onlyMethod(http.MethodPost, c.reviewSelf)
	default:
		if c.group != "" && !slices.ContainsFunc(c.server.Store.Kinds(),
			func(k *api.Kind) bool { return k.Group == c.group }) {
			api.PageNotFound(w)
			return
		}
		handle = c.handler()
	}
	if c.kind != nil && c.kind.Deprecation != "" && c.server.Version.AtLeast(1, 33) {
		warn(w, []string{c.kind.Deprecation})
	}
	var err error
	hasTable := c.subresource != "ephemeralcontainers" && c.subresource != "resize"
	if c.form, err = negotiateForm(c.http.Header.Values("Accept"), c.kind != nil &&
		c.urlName() == "", hasTable); err == nil {
		err = handle(w)
	}
	if err != nil {
		c.fail(w, err)
	}
}

func (c *call) onlyMethod(method string,
	handle func(http.ResponseWriter) error) func(http.ResponseWriter) error {
	if c.http.Method != method || c.name != "" {
		return refuse(api.ErrMethod)
	}
	return handle
}

func refuse(err error) func(http.ResponseWriter) error {
	return func(http.ResponseWriter) error { return err }
}

// handler returns the handler of a request for a resource.
func (c *call) handler() func(http.ResponseWriter) error {
	c.kind = c.server.Store.KindByResource(c.group, c.version, c.resourceName)
	if c.kind == nil || c.extraSegments > 0 || strings.Contains(c.urlName(), "/") {
		return refuse(api.ErrNoResource)
	}
	name := c.urlName()
	if name == "." || name == ".." {
		return refuse(api.BadRequest("Name parameter invalid: " + strconv.Quote(name) +
			": may not be '" + name + "'"))
	}
	if strings.Contains(name, "%") {
		return refuse(api.BadRequest("Name parameter invalid: " + strconv.Quote(name) +
			": may not contain '%'"))
	}
	if !c.kind.Namespaced {
		if c.namespace != "" && c.kind != api.NamespaceKind {
			return refuse(api.ErrNoResource)
		}
		c.namespace = ""
	}
	method := c.http.Method
	switch {
	case name == "":
		switch {
		case method == http.MethodGet && c.verb == "watch":
			return c.watch
		case method == http.MethodGet:
			return c.list
		case method == http.MethodPost && (c.namespace != "" || !c.kind.Namespaced):
			return c.create
		case method == http.MethodDelete && c.kind != api.NamespaceKind &&
			(c.namespace != "" || !c.kind.Namespaced):
			return c.deleteCollection
		}
		return refuse(api.ErrMethod)
	case c.kind.Namespaced && c.namespace == "":
		return refuse(api.ErrNoResource)
	case c.subresource != "" && !c.kind.Serves(c.subresource, c.server.Version):
		return refuse(api.ErrNoResource)
	case c.subresource == "exec", c.subresource == "attach":
		if method != http.MethodGet && method != http.MethodPost {
			return refuse(api.ErrMethod)
		}
		return c.stream
	case c.subresource == "portforward":
		if method != http.MethodGet && method != http.MethodPost {
			return refuse(api.ErrMethod)
		}
		return c.forward
	case c.subresource == "log":
		if method != http.MethodGet {
			return refuse(api.ErrMethod)
		}
		return c.log
	case c.subresource == "eviction":
		if method != http.MethodPost {
			return refuse(api.ErrMethod)
		}
		return c.evict
	case c.subresource == "token":
		if method != http.MethodPost {
			return refuse(api.ErrMethod)
		}
		return c.issueToken
	case method == http.MethodGet:
		return c.get
	case method == http.MethodPut:
		return c.update
	case method == http.MethodPatch:
		return c.patch
	case method == http.MethodDelete && c.subresource == "":
		return c.delete
	}
	return refuse(api.ErrMethod)
}

// urlName returns the object's name in the path. c.name may come from a list's field selector
// instead.
func (c *call) urlName() string {
	if c.verb == "list" || c.verb == "watch" {
		return ""
	}
	return c.name
}
