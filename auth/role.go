package auth

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const rbacGroup = "rbac.authorization.k8s.io"

// Role is a set of rules in a namespace (rbac/v1 Role), as Report.Role makes it.
type Role struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Metadata   Metadata     `json:"metadata"`
	Rules      []PolicyRule `json:"rules"`
}

// RoleBinding gives a user the rules of a Role (rbac/v1 RoleBinding).
type RoleBinding struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Metadata   Metadata  `json:"metadata"`
	RoleRef    Reference `json:"roleRef"`
	Subjects   []Subject `json:"subjects"`
}

// Metadata is the name of a Role or RoleBinding, and its namespace.
type Metadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// Reference names the Role of a RoleBinding.
type Reference struct {
	APIGroup string `json:"apiGroup"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
}

// Subject is a User, or a ServiceAccount with its namespace.
type Subject struct {
	APIGroup  string `json:"apiGroup,omitzero"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitzero"`
}

// Role gives the smallest Role, and its RoleBinding, with which the user may do all of the tasks: what is refused now, for an administrator to grant.
// Both are nil when nothing is refused. They bear the user's name, so that those of two users do not meet; and what the user may do by a Role of
// that very name stays in it, since it will be replaced. The error says why it is not known who the user is or what he may do.
func (r *Report) Role() (*Role, *RoleBinding, error) {
	for i := range r.Tasks {
		if err := r.Tasks[i].Err(); err != nil {
			return nil, nil, fmt.Errorf("what you may do is not known: %w", err)
		}
	}
	if r.Allowed() {
		return nil, nil, nil
	}
	if r.UserErr != nil {
		return nil, nil, fmt.Errorf("whom to give a role to is not known: %w", r.UserErr)
	}
	meta := Metadata{Name: roleName(r.User.Username), Namespace: r.Namespace}
	role := &Role{APIVersion: rbacGroup + "/v1", Kind: "Role", Metadata: meta, Rules: r.missing(meta.Name)}
	binding := &RoleBinding{
		APIVersion: rbacGroup + "/v1", Kind: "RoleBinding", Metadata: meta,
		RoleRef: Reference{rbacGroup, "Role", meta.Name}, Subjects: []Subject{subject(r.User.Username)},
	}
	return role, binding, nil
}

// roleName may hold all but / and %, as names in paths.
func roleName(username string) string {
	return "kx-debug:" + strings.NewReplacer("/", "-", "%", "-").Replace(username)
}

// subject is a service account by the name that the server gives to its tokens, and else a user: that somebody is in a group does not say by which of them he is meant.
func subject(username string) Subject {
	if account, ok := strings.CutPrefix(username, "system:serviceaccount:"); ok {
		if namespace, name, ok := strings.Cut(account, ":"); ok {
			return Subject{Kind: "ServiceAccount", Name: name, Namespace: namespace}
		}
	}
	return Subject{APIGroup: rbacGroup, Kind: "User", Name: username}
}

// missing gives a rule for each set of verbs, on all resources that need just those.
func (r *Report) missing(role string) (rules []PolicyRule) {
	for i := range r.Tasks {
		for j := range r.Tasks[i].Access {
			if a := &r.Tasks[i].Access[j]; !a.Allowed || strings.Contains(a.Reason, "of Role "+strconv.Quote(role)+" ") {
				rules = need(rules, a.path(), a.Verb)
			}
		}
	}
	var merged []PolicyRule
next:
	for _, rule := range rules {
		for i := range merged {
			if slices.Equal(merged[i].Verbs, rule.Verbs) {
				merged[i].Resources = append(merged[i].Resources, rule.Resources[0])
				continue next
			}
		}
		merged = append(merged, rule)
	}
	return merged
}

// need adds a verb to the rule for a resource, of which each has one.
func need(rules []PolicyRule, resource, verb string) []PolicyRule {
	for i := range rules {
		if rule := &rules[i]; rule.Resources[0] == resource {
			if !slices.Contains(rule.Verbs, verb) {
				rule.Verbs = append(rule.Verbs, verb)
			}
			return rules
		}
	}
	return append(rules, PolicyRule{APIGroups: []string{""}, Resources: []string{resource}, Verbs: []string{verb}})
}

// path names the resource as rules do: "pods/log".
func (a *Attributes) path() string {
	if a.Subresource == "" {
		return a.Resource
	}
	return a.Resource + "/" + a.Subresource
}
