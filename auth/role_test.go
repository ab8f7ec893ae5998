package auth_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/kxtest"
)

func roleOf(t *testing.T, name string, rules ...kxtest.Rule) (role *auth.Role, binding *auth.RoleBinding) {
	t.Helper()
	report, err := auth.Check(t.Context(), connect(t, sandbox(t).User(name, rules...)), "web")
	require.NoError(t, err)
	role, binding, err = report.Role()
	require.NoError(t, err)
	return role, binding
}

func TestTheRoleHasTheRefusedAccessesAndARuleForEachSetOfVerbs(t *testing.T) {
	rule := func(verbs []string, resources ...string) auth.PolicyRule {
		return auth.PolicyRule{APIGroups: []string{""}, Resources: resources, Verbs: verbs}
	}
	get, patch, both := []string{"get"}, []string{"patch"}, []string{"get", "create"}
	for name, test := range map[string]struct {
		rules []kxtest.Rule
		want  []auth.PolicyRule
	}{
		"a user without rights": {nil, []auth.PolicyRule{
			rule(get, "pods", "pods/log"), rule(patch, "pods/ephemeralcontainers"), rule(both, "pods/exec", "pods/attach", "pods/portforward"),
		}},
		"a user who may only read": {[]kxtest.Rule{kxtest.Allow("get,list,watch", "pods", "pods/log", "pods/exec")}, []auth.PolicyRule{
			rule(patch, "pods/ephemeralcontainers"), rule([]string{"create"}, "pods/exec"), rule(both, "pods/attach", "pods/portforward"),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			role, _ := roleOf(t, "jane", test.rules...)
			require.Equal(t, test.want, role.Rules)
		})
	}
}

func TestNoRoleIsBuiltIfNothingIsRefused(t *testing.T) {
	role, binding := roleOf(t, "jane", kxtest.Allow("*", "pods", "pods/*"))
	require.Nil(t, role)
	require.Nil(t, binding)
}

func TestARoleIsBoundToAUserOrAServiceAccount(t *testing.T) {
	const group = "rbac.authorization.k8s.io"
	for username, want := range map[string]struct {
		role    string
		subject auth.Subject
	}{
		"jane": {"kx-debug:jane", auth.Subject{APIGroup: group, Kind: "User", Name: "jane"}},
		"https://id.example/50%#jane": {"kx-debug:https:~1~1id.example~150~2#jane",
			auth.Subject{APIGroup: group, Kind: "User", Name: "https://id.example/50%#jane"}},
		"system:serviceaccount:build:agent": {"kx-debug:system:serviceaccount:build:agent", auth.Subject{Kind: "ServiceAccount", Name: "agent", Namespace: "build"}},
		"a~1%b":                             {"kx-debug:a~01~2b", auth.Subject{APIGroup: group, Kind: "User", Name: "a~1%b"}},
		"system:node:n1":                    {"kx-debug:system:node:n1", auth.Subject{APIGroup: group, Kind: "User", Name: "system:node:n1"}},
	} {
		role, binding := roleOf(t, username)
		meta := auth.Metadata{Name: want.role, Namespace: "web"}
		require.Equal(t, meta, role.Metadata)
		require.Equal(t, &auth.RoleBinding{APIVersion: group + "/v1", Kind: "RoleBinding", Metadata: meta,
			RoleRef: auth.Reference{APIGroup: group, Kind: "Role", Name: want.role}, Subjects: []auth.Subject{want.subject}}, binding)
	}
}

// The Role replaces the one of the same name, and must not take permissions away.
func TestTheRoleKeepsThePermissionsOfAnExistingRole(t *testing.T) {
	access := func(subresource string, d auth.Decision) auth.Access {
		return auth.Access{Attributes: auth.Attributes{Verb: "get", Resource: "pods", Subresource: subresource}, Decision: d}
	}
	by := func(role string) auth.Decision {
		return auth.Decision{Allowed: true, Reason: `RBAC: allowed by RoleBinding "` + role + `/web" of Role "` + role + `" to User "jane"`}
	}
	report := &auth.Report{Namespace: "web", User: &auth.User{Username: "jane"}, Tasks: []auth.Task{{Name: "logs", Access: []auth.Access{
		access("", by("kx-debug:jane")), access("status", by("kx-debug:janet")), access("log", auth.Decision{}),
	}}}}
	role, _, err := report.Role()
	require.NoError(t, err)
	require.Equal(t, []string{"pods", "pods/log"}, role.Rules[0].Resources)
}

func TestARoleIsEncodedInTheFormOfTheAPI(t *testing.T) {
	role, binding := roleOf(t, "system:serviceaccount:build:agent", kxtest.Allow("get", "pods", "pods/log"), kxtest.Allow("get,create", "pods/exec", "pods/attach", "pods/portforward"))
	document, err := json.Marshal(role)
	require.NoError(t, err)
	require.Equal(t, `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"kx-debug:system:serviceaccount:build:agent","namespace":"web"},`+
		`"rules":[{"apiGroups":[""],"resources":["pods/ephemeralcontainers"],"verbs":["patch"]}]}`, string(document))
	document, err = json.Marshal(binding)
	require.NoError(t, err)
	require.Equal(t, `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"kx-debug:system:serviceaccount:build:agent","namespace":"web"},`+
		`"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"kx-debug:system:serviceaccount:build:agent"},"subjects":[{"kind":"ServiceAccount","name":"agent","namespace":"build"}]}`, string(document))
}
