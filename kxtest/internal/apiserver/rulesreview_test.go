package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAUserCanReviewTheirOwnRulesInANamespace(t *testing.T) {
	srv := kxtest.Start(t)
	const path, body = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
		`{"kind":"SelfSubjectRulesReview","apiVersion":"authorization.k8s.io/v1","spec":{"namespace":"web"}}`
	status := func(c *wiretest.Client) (resources, paths []any, incomplete any) {
		review := c.Do("POST", path, body).Is(201)
		return review.At("status", "resourceRules").([]any), review.At("status", "nonResourceRules").([]any),
			review.At("status", "incomplete")
	}
	rule := func(verb, group, resource string) map[string]any {
		return map[string]any{"verbs": []any{verb}, "apiGroups": []any{group}, "resources": []any{resource}}
	}
	resources, paths, incomplete := status(wiretest.NewClient(t, srv.User("reader",
		kxtest.Allow("get", "pods", "pods/log", "deployments.apps", "/metrics*"),
		kxtest.Allow("get", "secrets").In("other"), kxtest.Allow("get", "configmaps").In("web"))))
	require.Equal(t, []any{rule("create", "authentication.k8s.io", "selfsubjectreviews"),
		rule("get", "", "pods"), rule("get", "", "pods/log"), rule("get", "apps", "deployments"),
		rule("get", "", "configmaps")}, resources[1:])
	require.Equal(t, []any{map[string]any{"verbs": []any{"get"}, "nonResourceURLs": []any{"/metrics*"}}}, paths[1:])
	require.Equal(t, false, incomplete)

	resources, paths, _ = status(wiretest.NewClient(t, srv.Config()))
	require.Contains(t, resources, rule("*", "*", "*"))
	require.Contains(t, paths, map[string]any{"verbs": []any{"*"}, "nonResourceURLs": []any{"*"}})

	_, _, incomplete = status(wiretest.NewClient(t, srv.User("denied", kxtest.Allow("*", "*"),
		kxtest.Deny("get", "secrets"))))
	require.Equal(t, true, incomplete)
	require.Equal(t, "no namespace on request", wiretest.NewClient(t, srv.Config()).Do("POST", path,
		"{}").Is(400).At("message"))
}
