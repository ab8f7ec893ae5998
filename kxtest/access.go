package kxtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Rule allows or denies verbs on resources. A user may do what some rule allows and none denies.
type Rule struct {
	deny      bool
	verbs     []string
	resources []string
	namespace string // "" for every namespace, and what has none
}

// Allow lets a user do the verbs ("get,list,watch", or "*") on the resources, in every namespace. A resource is
// "pods", "pods/ephemeralcontainers", "deployments.apps" or "deployments" whatever its group, "pods/*" for all
// subresources, "*" for everything, or a path such as "/metrics". As in RBAC, a resource's name alone does not cover its subresources.
func Allow(verbs string, resources ...string) Rule {
	rule := Rule{resources: resources}
	for verb := range strings.SplitSeq(verbs, ",") {
		rule.verbs = append(rule.verbs, strings.TrimSpace(verb))
	}
	return rule
}

// Deny forbids what an [Allow] may cover; it reads verbs and resources alike.
func Deny(verbs string, resources ...string) Rule {
	rule := Allow(verbs, resources...)
	rule.deny = true
	return rule
}

// In narrows the rule to one namespace.
func (r Rule) In(namespace string) Rule {
	r.namespace = namespace
	return r
}

// attributes are what is asked for, as authorization sees it.
type attributes struct {
	verb, group, resource, subresource, namespace, name string
	path                                                string // instead of a resource
}

func (r Rule) matches(a attributes) bool {
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

// unescapeExtra reads the key of an Impersonate-Extra- header: percent-encoded, and in lower case.
func unescapeExtra(key string) string {
	key = strings.ToLower(key)
	if plain, err := url.PathUnescape(key); err == nil {
		return plain
	}
	return key
}

// impersonated prints what was asked for without a user, as the API server prints its object references.
func impersonated(groups []string, extra map[string][]string, uid string) string {
	var refs []string
	for _, group := range groups {
		refs = append(refs, "{Group  "+group+"    }")
	}
	for key, values := range extra {
		for _, value := range values {
			refs = append(refs, "{UserExtra  "+value+"  authentication.k8s.io/v1  "+key+"}")
		}
	}
	if uid != "" {
		refs = append(refs, "{UID  "+uid+"  authentication.k8s.io/v1  }")
	}
	return "[" + strings.Join(refs, " ") + "]"
}

// reviewAccess answers a SelfSubjectAccessReview: whether the user may do what it describes.
func (c *call) reviewAccess(w http.ResponseWriter) error {
	review, err := c.readReview("authorization.k8s.io/v1", "SelfSubjectAccessReview")
	if err != nil {
		return err
	}
	resource, path := fields(review, "spec", "resourceAttributes"), fields(review, "spec", "nonResourceAttributes")
	if (resource == nil) == (path == nil) {
		const message = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
		return failure(http.StatusUnprocessableEntity, "Invalid", ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: "+message,
			&statusDetails{Group: "authorization.k8s.io", Causes: []statusCause{{Reason: "FieldValueInvalid", Message: message, Field: "spec.resourceAttributes"}}})
	}
	a := attributes{verb: text(path, "verb"), path: text(path, "path")}
	if resource != nil {
		a = attributes{verb: text(resource, "verb"), group: text(resource, "group"), resource: text(resource, "resource"),
			subresource: text(resource, "subresource"), namespace: text(resource, "namespace"), name: text(resource, "name")}
	}
	manager := map[string]any{"manager": c.manager(), "operation": "Update", "apiVersion": "authorization.k8s.io/v1", "time": timestamp(),
		"fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:spec": owned(fields(review, "spec"))}}
	review = with(with(review, []any{manager}, "metadata", "managedFields"), map[string]any{"allowed": c.user.may(a)}, "status")
	c.write(w, http.StatusCreated, typed("authorization.k8s.io/v1", "SelfSubjectAccessReview", encodeObject(review)))
	return nil
}

// reviewSelf answers a SelfSubjectReview: who the user is.
func (c *call) reviewSelf(w http.ResponseWriter) error {
	review, err := c.readReview("authentication.k8s.io/v1", "SelfSubjectReview")
	if err != nil {
		return err
	}
	info := map[string]any{"username": c.user.name, "groups": anyList(c.user.groups)}
	if c.user.uid != "" {
		info["uid"] = c.user.uid
	}
	if len(c.user.extra) > 0 {
		extra := map[string]any{}
		for key, values := range c.user.extra {
			extra[key] = anyList(values)
		}
		info["extra"] = extra
	}
	review = with(with(review, timestamp(), "metadata", "creationTimestamp"), map[string]any{"userInfo": info}, "status")
	c.write(w, http.StatusCreated, typed("authentication.k8s.io/v1", "SelfSubjectReview", encodeObject(review)))
	return nil
}

func (c *call) readReview(apiVersion, kind string) (map[string]any, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	review, err := object.Decode(body)
	if err != nil {
		return nil, badRequest("the object provided is unrecognized (must be of type " + kind + "): couldn't get version/kind; json parse error: " + err.Error())
	}
	got := text(review, "kind")
	if got != "" && (got != kind || text(review, "apiVersion") != apiVersion) {
		return nil, badRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s", got, text(review, "apiVersion"), kind))
	}
	if review["metadata"] == nil {
		review["metadata"] = map[string]any{}
	}
	return review, nil
}

func anyList[T any](values []T) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = value
	}
	return list
}

// owned names the fields of an object that has no lists, as managedFields has them.
func owned(o map[string]any) map[string]any {
	set := map[string]any{}
	for name, value := range o {
		set["f:"+name] = map[string]any{}
		if inner, ok := value.(map[string]any); ok {
			set["f:"+name] = with(owned(inner), map[string]any{}, ".")
		}
	}
	return set
}
