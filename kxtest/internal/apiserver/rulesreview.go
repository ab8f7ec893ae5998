package apiserver

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// reviewRules serves a SelfSubjectRulesReview: the user's permissions in a namespace. The list
// cannot express rules that deny; with such a rule it is marked incomplete.
func (c *call) reviewRules(w http.ResponseWriter) error {
	review, err := c.readReview("authorization.k8s.io/v1", "SelfSubjectRulesReview")
	if err != nil {
		return err
	}
	namespace := object.Text(review, "spec", "namespace")
	if namespace == "" {
		return api.BadRequest("no namespace on request")
	}
	list := rulesOfEveryUser(c.server.Store.Kinds())
	if slices.Contains(c.user.Groups, MastersGroup) {
		list.add([]string{"*"}, []string{"*"})
	}
	incomplete := false
	for _, rule := range c.user.Rules {
		switch {
		case rule.Namespace != "" && rule.Namespace != namespace:
		case rule.Deny:
			incomplete = true
		default:
			list.add(rule.Verbs, rule.Resources)
		}
	}
	status := map[string]any{"resourceRules": list.resources, "nonResourceRules": list.urls,
		"incomplete": incomplete}
	if incomplete {
		status["evaluationError"] = "rules that deny are not listed"
	}
	review = object.With(object.With(review, map[string]any{}, "spec"), status, "status")
	c.write(w, http.StatusCreated, api.Typed("authorization.k8s.io/v1", "SelfSubjectRulesReview",
		api.EncodeObject(review)))
	return nil
}

// ruleList holds the rules of a SelfSubjectRulesReview.
type ruleList struct {
	kinds           []*api.Kind // that the server has
	resources, urls []any
}

// rulesOfEveryUser lists what allowedToEveryone allows, in the form of the roles system:basic-user,
// system:discovery and system:public-info-viewer.
func rulesOfEveryUser(kinds []*api.Kind) *ruleList {
	create, get := []string{"create"}, []string{"get"}
	list := &ruleList{kinds: kinds}
	list.addResource(create, "authorization.k8s.io", "selfsubjectaccessreviews",
		"selfsubjectrulesreviews")
	list.addResource(create, "authentication.k8s.io", "selfsubjectreviews")
	list.addURLs(get, "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi",
		"/openapi/*", "/readyz",
		"/version", "/version/")
	return list
}

func (l *ruleList) addResource(verbs []string, group string, resources ...string) {
	l.resources = append(l.resources, map[string]any{
		"verbs":     anyList(verbs),
		"apiGroups": []any{group},
		"resources": anyList(resources),
	})
}

func (l *ruleList) addURLs(verbs []string, urls ...string) {
	l.urls = append(l.urls, map[string]any{"verbs": anyList(verbs),
		"nonResourceURLs": anyList(urls)})
}

// add adds the resources of a [Rule].
func (l *ruleList) add(verbs, resources []string) {
	for _, resource := range resources {
		if strings.HasPrefix(resource, "/") {
			l.addURLs(verbs, resource)
			continue
		}
		if resource == "*" {
			l.addURLs(verbs, "*")
		}
		resource, subresource, hasSubresource := strings.Cut(resource, "/")
		name, group, hasGroup := strings.Cut(resource, ".")
		groups := []string{group}
		if !hasGroup {
			groups = l.groupsWith(name)
		}
		if hasSubresource {
			name += "/" + subresource
		}
		for _, group := range groups {
			l.addResource(verbs, group, name)
		}
	}
}

// groupsWith returns the groups that have a resource of this name, or "*" if none has.
func (l *ruleList) groupsWith(resource string) (groups []string) {
	for _, k := range l.kinds {
		if k.Resource == resource && !slices.Contains(groups, k.Group) {
			groups = append(groups, k.Group)
		}
	}
	if len(groups) == 0 {
		groups = []string{"*"}
	}
	return groups
}
