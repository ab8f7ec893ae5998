package auth

import (
	"cmp"
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
		if err := r.Tasks[i].Err(); err == ErrNotAsked {
			return nil, nil, fmt.Errorf("what you may do is not known: %w", cmp.Or(r.CredentialErr, r.ServerErr, err))
		} else if err != nil {
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

// roleName may hold all but / and %, as names in paths: these are escaped as a JSON pointer escapes.
func roleName(username string) string {
	return "kx-debug:" + strings.NewReplacer("~", "~0", "/", "~1", "%", "~2").Replace(username)
}

// subject is a service account by the name that the server gives to its tokens, and else a user: that somebody is in a group does not say by which of them he is meant.
func subject(username string) Subject {
	if account, ok := strings.CutPrefix(username, "system:serviceaccount:"); ok {
		namespace, name, ok := strings.Cut(account, ":")
		if ok {
			return Subject{Kind: "ServiceAccount", Name: name, Namespace: namespace}
		}
	}
	return Subject{APIGroup: rbacGroup, Kind: "User", Name: username}
}

// missing gives a rule for each set of verbs, on all resources that need just those.
func (r *Report) missing(role string) (rules []PolicyRule) {
	var resources []string
	verbs := map[string][]string{}
	for i := range r.Tasks {
		for j := range r.Tasks[i].Access {
			a := &r.Tasks[i].Access[j]
			path := a.path()
			known := verbs[path]
			if a.Allowed && !strings.Contains(a.Reason, "of Role "+strconv.Quote(role)+" ") || slices.Contains(known, a.Verb) {
				continue
			}
			if known == nil {
				resources = append(resources, path)
			}
			verbs[path] = append(known, a.Verb)
		}
	}
next:
	for _, resource := range resources {
		for i := range rules {
			if slices.Equal(rules[i].Verbs, verbs[resource]) {
				rules[i].Resources = append(rules[i].Resources, resource)
				continue next
			}
		}
		rules = append(rules, PolicyRule{APIGroups: []string{""}, Resources: []string{resource}, Verbs: verbs[resource]})
	}
	return rules
}

// path names the resource as rules do: "pods/log".
func (a *Attributes) path() string {
	if a.Subresource == "" {
		return a.Resource
	}
	return a.Resource + "/" + a.Subresource
}
