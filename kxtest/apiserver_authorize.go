package kxtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// rule allows or denies verbs on resources. A user may do what some rule allows and none denies.
type rule struct {
	deny      bool
	verbs     []string
	resources []string
	namespace string // "" for every namespace, and what has none
}

// attributes are what is asked for, as authorization sees it.
type attributes struct {
	verb, group, resource, subresource, namespace, name string
	path                                                string // instead of a resource
}

func (r rule) matches(a attributes) bool {
	if r.namespace != "" && r.namespace != a.namespace {
		return false
	}
	if !slices.Contains(r.verbs, "*") && !slices.Contains(r.verbs, a.verb) {
		return false
	}
	return slices.ContainsFunc(r.resources, func(resource string) bool {
		if resource == "*" {
			return true
		}
		if a.path != "" {
			prefix, wild := strings.CutSuffix(resource, "*")
			return resource == a.path || wild && strings.HasPrefix(prefix, "/") && strings.HasPrefix(a.path, prefix)
		}
		resource, subresource, _ := strings.Cut(resource, "/")
		name, group, hasGroup := strings.Cut(resource, ".")
		return (name == "*" || name == a.resource) && (!hasGroup || group == a.group) &&
			(subresource == a.subresource || subresource == "*" && a.subresource != "")
	})
}

// public is what every user may read, and create to ask about themselves.
func public(a attributes) bool {
	if a.path == "" {
		return a.verb == "create" && (a.group == "authorization.k8s.io" && (a.resource == "selfsubjectaccessreviews" || a.resource == "selfsubjectrulesreviews") ||
			a.group == "authentication.k8s.io" && a.resource == "selfsubjectreviews")
	}
	if a.verb != "get" {
		return false
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(a.path, "/"), "/")
	return slices.Contains([]string{"api", "apis", "healthz", "livez", "openapi", "readyz", "version"}, first)
}

func (u *user) may(a attributes) bool {
	if slices.Contains(u.groups, mastersGroup) || public(a) {
		return true
	}
	allowed := false
	for _, rule := range u.rules {
		if rule.matches(a) {
			if rule.deny {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

func (c *call) attributes() attributes {
	if !c.resource {
		return attributes{verb: c.verb, path: c.http.URL.Path}
	}
	return attributes{verb: c.verb, group: c.group, resource: c.plural, subresource: c.subresource, namespace: c.namespace, name: c.name}
}

// refusal is the 403 for what the user may not do.
func (c *call) refusal() *statusBody {
	if !c.resource {
		return failure(http.StatusForbidden, "Forbidden", fmt.Sprintf("forbidden: User %q cannot %s path %q", c.user.name, c.verb, c.http.URL.Path), &statusDetails{})
	}
	what := (&kind{group: c.group, resource: c.plural}).qualified()
	if c.name != "" {
		what += " " + strconv.Quote(c.name)
	}
	resource := c.plural
	if c.subresource != "" {
		resource += "/" + c.subresource
	}
	where := "at the cluster scope"
	if c.namespace != "" {
		where = fmt.Sprintf("in the namespace %q", c.namespace)
	}
	return failure(http.StatusForbidden, "Forbidden",
		fmt.Sprintf("%s is forbidden: User %q cannot %s resource %q in API group %q %s", what, c.user.name, c.verb, resource, c.group, where),
		&statusDetails{Name: c.name, Group: c.group, Kind: c.plural})
}
