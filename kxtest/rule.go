package kxtest

import (
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/apiserver"
)

// Rule allows or denies verbs on resources. A user may do what a rule allows and no rule denies.
type Rule struct{ rule apiserver.Rule }

// Allow returns a rule that allows the verbs ("get,list,watch", or "*") on the resources, in every
// namespace. These are the forms of a resource:
//
//	"pods", "pods/ephemeralcontainers"   a resource or a subresource, of any group
//	"pods/*"                             all subresources of a resource
//	"deployments.apps", "pods."          a resource of one group; "" is the core group
//	"*.apps", "*.apps/*"                 all resources of one group, or all their subresources
//	"/metrics", "/healthz/*"             a path that is no resource, or all paths with a prefix
//	"*"                                  everything
//
// As in RBAC, "pods" does not cover the subresources of pods.
func Allow(verbs string, resources ...string) Rule {
	allow := apiserver.Rule{Resources: resources}
	for verb := range strings.SplitSeq(verbs, ",") {
		allow.Verbs = append(allow.Verbs, strings.TrimSpace(verb))
	}
	return Rule{allow}
}

// Deny returns a rule that denies what an [Allow] rule may allow. Its arguments are those of Allow.
func Deny(verbs string, resources ...string) Rule {
	r := Allow(verbs, resources...)
	r.rule.Deny = true
	return r
}

// In returns the rule for one namespace only.
func (r Rule) In(namespace string) Rule {
	r.rule.Namespace = namespace
	return r
}

// serverRules converts rules to those of package apiserver.
func serverRules(rules []Rule) []apiserver.Rule {
	converted := make([]apiserver.Rule, len(rules))
	for i, r := range rules {
		converted[i] = r.rule
	}
	return converted
}
