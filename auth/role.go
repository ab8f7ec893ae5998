package auth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const rbacGroup = "rbac.authorization.k8s.io"

// Role is a set of rules in a namespace (rbac/v1 Role). Report.Role makes it.
type Role struct {
	APIVersion string       `json:"apiVersion"`
	Kind       string       `json:"kind"`
	Metadata   Metadata     `json:"metadata"`
	Rules      []PolicyRule `json:"rules"`
}

// RoleBinding grants the rules of a Role to a user (rbac/v1 RoleBinding).
type RoleBinding struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Metadata   Metadata  `json:"metadata"`
	RoleRef    Reference `json:"roleRef"`
	Subjects   []Subject `json:"subjects"`
}

// Metadata is the name and namespace of a Role or RoleBinding.
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

// Role returns the smallest Role and RoleBinding that grant the user the refused accesses. Both
// are nil if nothing is refused. An administrator applies them.
//
// Their name contains the user's name, so that two users' roles do not collide. Applying
// the Role replaces one of the same name; so the Role repeats the rules that the user needs of that
// one. Role fails if the user or the permissions are unknown.
func (r *Report) Role() (*Role, *RoleBinding, error) {
	for i := range r.Tasks {
		if err := r.Tasks[i].Err(); errors.Is(err, ErrNotAsked) {
			return nil, nil, fmt.Errorf("your permissions are unknown: %w", cmp.Or(r.CredentialErr,
				r.ServerErr, err))
		} else if err != nil {
			return nil, nil, fmt.Errorf("your permissions are unknown: %w", err)
		}
	}
	if r.Allowed() {
		return nil, nil, nil
	}
	if r.UserErr != nil {
		return nil, nil, fmt.Errorf("the user of the role is unknown: %w", r.UserErr)
	}
	meta := Metadata{Name: roleName(r.User.Username), Namespace: r.Namespace}
	role := &Role{APIVersion: rbacGroup + "/v1", Kind: "Role", Metadata: meta,
		Rules: r.missing(meta.Name)}
	binding := &RoleBinding{
		APIVersion: rbacGroup + "/v1", Kind: "RoleBinding", Metadata: meta,
		RoleRef:  Reference{rbacGroup, "Role", meta.Name},
		Subjects: []Subject{subjectOf(r.User.Username)},
	}
	return role, binding, nil
}

// roleName escapes / and %, which names of objects may not have, in the way of a JSON pointer.
func roleName(username string) string {
	return "kx-debug:" + strings.NewReplacer("~", "~0", "/", "~1", "%", "~2").Replace(username)
}

// subjectOf returns the service account of the token that the username is from, else a user. It
// never returns a group: a user may be in several.
func subjectOf(username string) Subject {
	if account, ok := strings.CutPrefix(username, "system:serviceaccount:"); ok {
		namespace, name, ok := strings.Cut(account, ":")
		if ok {
			return Subject{Kind: "ServiceAccount", Name: name, Namespace: namespace}
		}
	}
	return Subject{APIGroup: rbacGroup, Kind: "User", Name: username}
}

// missing returns one rule for each set of verbs, with all resources that need that set.
func (r *Report) missing(role string) (rules []PolicyRule) {
	var resources []string
	verbs := map[string][]string{}
	for i := range r.Tasks {
		for j := range r.Tasks[i].Access {
			a := &r.Tasks[i].Access[j]
			path := a.path()
			known := verbs[path]
			if a.Allowed && !strings.Contains(a.Reason, "of Role "+strconv.Quote(role)+" ") ||
				slices.Contains(known, a.Verb) {
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
		rules = append(rules, PolicyRule{APIGroups: []string{""}, Resources: []string{resource},
			Verbs: verbs[resource]})
	}
	return rules
}

// path returns the resource as rules name it, such as "pods/log".
func (a *Attributes) path() string {
	if a.Subresource == "" {
		return a.Resource
	}
	return a.Resource + "/" + a.Subresource
}
