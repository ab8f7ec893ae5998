package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestOneCanAskForAllThatOneMayDoInANamespace(t *testing.T) {
	srv := kxtest.Start(t)
	const path, body = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
		`{"kind":"SelfSubjectRulesReview","apiVersion":"authorization.k8s.io/v1","spec":{"namespace":"web"}}`
	status := func(c *client) (resources, paths []any, incomplete any) {
		review := c.do("POST", path, body).is(201)
		return review.at("status", "resourceRules").([]any), review.at("status", "nonResourceRules").([]any),
			review.at("status", "incomplete")
	}
	rule := func(verb, group, resource string) map[string]any {
		return map[string]any{"verbs": []any{verb}, "apiGroups": []any{group}, "resources": []any{resource}}
	}
	resources, paths, incomplete := status(newClient(t, srv.User("reader",
		kxtest.Allow("get", "pods", "pods/log", "deployments.apps", "/metrics*"),
		kxtest.Allow("get", "secrets").In("other"), kxtest.Allow("get", "configmaps").In("web"))))
	require.Equal(t, []any{rule("create", "authentication.k8s.io", "selfsubjectreviews"),
		rule("get", "", "pods"), rule("get", "", "pods/log"), rule("get", "apps", "deployments"),
		rule("get", "", "configmaps")}, resources[1:])
	require.Equal(t, []any{map[string]any{"verbs": []any{"get"}, "nonResourceURLs": []any{"/metrics*"}}}, paths[1:])
	require.Equal(t, false, incomplete)

	resources, paths, _ = status(newClient(t, srv.Config()))
	require.Contains(t, resources, rule("*", "*", "*"))
	require.Contains(t, paths, map[string]any{"verbs": []any{"*"}, "nonResourceURLs": []any{"*"}})

	_, _, incomplete = status(newClient(t, srv.User("denied", kxtest.Allow("*", "*"), kxtest.Deny("get", "secrets"))))
	require.Equal(t, true, incomplete)
	require.Equal(t, "no namespace on request", newClient(t, srv.Config()).do("POST", path, "{}").is(400).at("message"))
}
