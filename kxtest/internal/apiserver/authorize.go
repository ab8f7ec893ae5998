package apiserver

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// Rule allows or denies verbs on resources. A user may do what a rule allows and no rule denies.
type Rule struct {
	Deny      bool
	Verbs     []string
	Resources []string
	Namespace string // "" for every namespace, and for cluster-scoped resources
}

// attributes describe a request for authorization.
type attributes struct {
	verb, group, resource, subresource, namespace, name string
	// path is set instead of resource for a path that is no resource.
	path string
}

func (r Rule) matches(a attributes) bool {
	if r.Namespace != "" && r.Namespace != a.namespace {
		return false
	}
	if !slices.Contains(r.Verbs, "*") && !slices.Contains(r.Verbs, a.verb) {
		return false
	}
	return slices.ContainsFunc(r.Resources, func(resource string) bool {
		if resource == "*" {
			return true
		}
		if a.path != "" {
			prefix, wild := strings.CutSuffix(resource, "*")
			return resource == a.path || wild && strings.HasPrefix(prefix, "/") &&
				strings.HasPrefix(a.path, prefix)
		}
		resource, subresource, _ := strings.Cut(resource, "/")
		name, group, hasGroup := strings.Cut(resource, ".")
		return (name == "*" || name == a.resource) && (!hasGroup || group == a.group) &&
			(subresource == a.subresource || subresource == "*" && a.subresource != "")
	})
}

// allowedToEveryone reports whether every user has a permission: to read discovery, and to create
// reviews of their own access.
func allowedToEveryone(a attributes) bool {
	if a.path == "" {
		return a.verb == "create" && (a.group == "authorization.k8s.io" &&
			(a.resource == "selfsubjectaccessreviews" ||
				a.resource == "selfsubjectrulesreviews") ||
			a.group == "authentication.k8s.io" && a.resource == "selfsubjectreviews")
	}
	if a.verb != "get" {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(a.path, "/"), "/")
	return slices.Contains([]string{"api", "apis", "healthz", "livez", "openapi", "readyz",
		"version"}, first)
}

// May reports whether the user may do what a says.
func (u *User) May(a attributes) bool {
	if slices.Contains(u.Groups, MastersGroup) || allowedToEveryone(a) {
		return true
	}
	allowed := false
	for _, rule := range u.Rules {
		if rule.matches(a) {
			if rule.Deny {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

func (c *call) attributes() attributes {
	if !c.isResource {
		return attributes{verb: c.verb, path: c.http.URL.Path}
	}
	return attributes{
		verb:        c.verb,
		group:       c.group,
		resource:    c.resourceName,
		subresource: c.subresource,
		namespace:   c.namespace,
		name:        c.name,
	}
}

// forbidden returns the error (403) for a request that the user's rules do not allow.
func (c *call) forbidden() *api.Status { return c.forbiddenTo(c.verb) }

// forbiddenTo returns that error for another verb.
func (c *call) forbiddenTo(verb string) *api.Status {
	if !c.isResource {
		return api.Failure(http.StatusForbidden, "Forbidden",
			fmt.Sprintf("forbidden: User %q cannot %s path %q",
				c.user.Name, verb, c.http.URL.Path), &api.StatusDetails{})
	}
	what := (&api.Kind{Group: c.group, Resource: c.resourceName}).QualifiedName()
	if c.name != "" {
		what += " " + strconv.Quote(c.name)
	}
	resource := c.resourceName
	if c.subresource != "" {
		resource += "/" + c.subresource
	}
	where := "at the cluster scope"
	if c.namespace != "" {
		where = fmt.Sprintf("in the namespace %q", c.namespace)
	}
	return api.Failure(http.StatusForbidden, "Forbidden",
		fmt.Sprintf("%s is forbidden: User %q cannot %s resource %q in API group %q %s", what,
			c.user.Name, verb,
			resource, c.group, where),
		&api.StatusDetails{Name: c.name, Group: c.group, Kind: c.resourceName})
}
