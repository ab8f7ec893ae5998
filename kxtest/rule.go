package kxtest

import (
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/apiserver"
)

// Rule allows or denies verbs on resources. A user may do what some rule allows and none denies.
type Rule struct{ rule apiserver.Rule }

// Allow lets a user do the verbs ("get,list,watch", or "*") on the resources, in every namespace. A resource is
// "pods", "pods/ephemeralcontainers", "deployments.apps" or "deployments" whatever its group, "pods/*" for all
// subresources, "*" for everything, or a path such as "/metrics". As in RBAC, a resource's name alone does not cover its subresources.
func Allow(verbs string, resources ...string) Rule {
	allow := apiserver.Rule{Resources: resources}
	for verb := range strings.SplitSeq(verbs, ",") {
		allow.Verbs = append(allow.Verbs, strings.TrimSpace(verb))
	}
	return Rule{allow}
}

// Deny forbids what an [Allow] may cover; it reads verbs and resources alike.
func Deny(verbs string, resources ...string) Rule {
	r := Allow(verbs, resources...)
	r.rule.Deny = true
	return r
}

// In narrows the rule to one namespace.
func (r Rule) In(namespace string) Rule {
	r.rule.Namespace = namespace
	return r
}

// serverRules returns the rules as the API server holds them.
func serverRules(rules []Rule) []apiserver.Rule {
	converted := make([]apiserver.Rule, len(rules))
	for i, r := range rules {
		converted[i] = r.rule
	}
	return converted
}
