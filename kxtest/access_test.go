package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestWhoHasNoValidCredentialIsUnauthorized(t *testing.T) {
	srv := kxtest.Start(t)
	c := newClient(t, srv.Config())
	for _, token := range []string{"", "wrong"} {
		c.token = token
		refused := c.get("/version").is(401)
		require.Equal(t, "Unauthorized", refused.at("message"))
		require.Equal(t, "Unauthorized", refused.at("reason"))
		require.Nil(t, refused.at("details"))
	}
	gone := newClient(t, srv.User("gone", kxtest.Allow("*", "*")))
	gone.get(pods).is(200)
	srv.RevokeToken("gone")
	gone.get(pods).is(401)
	again := srv.User("gone", kxtest.Allow("*", "*"))
	require.NotEqual(t, gone.token, again.BearerToken)
	newClient(t, again).get(pods).is(200)
	require.Empty(t, srv.ConfigOf("stranger").BearerToken)
}

func TestRulesAllowAndDeny(t *testing.T) {
	srv := kxtest.Start(t)
	_, err := srv.Create(idle("a", ""))
	require.NoError(t, err)
	c := newClient(t, srv.User("reader",
		kxtest.Allow("get, list", "pods", "pods/ephemeralcontainers"),
		kxtest.Allow("*", "deployments.apps").In("team"),
		kxtest.Allow("get", "/metrics*"),
		kxtest.Deny("get", "pods").In("secret")))
	c.get(pods).is(200)
	c.get(pods + "/a/ephemeralcontainers").is(200)
	c.get("/apis/apps/v1/namespaces/team/deployments").is(200)
	c.get("/metrics/cadvisor").is(404)
	c.get("/version").is(200)
	for _, row := range []struct{ method, path, message string }{
		{"GET", pods + "?watch=1", `pods is forbidden: User "reader" cannot watch resource "pods" in API group "" in the namespace "default"`},
		{"GET", pods + "?watch=1&fieldSelector=metadata.name%3Da",
			`pods "a" is forbidden: User "reader" cannot watch resource "pods" in API group "" in the namespace "default"`},
		{"GET", pods + "/a/status", `pods "a" is forbidden: User "reader" cannot get resource "pods/status" in API group "" in the namespace "default"`},
		{"PATCH", pods + "/a/ephemeralcontainers",
			`pods "a" is forbidden: User "reader" cannot patch resource "pods/ephemeralcontainers" in API group "" in the namespace "default"`},
		{"GET", "/api/v1/namespaces/secret/pods/a",
			`pods "a" is forbidden: User "reader" cannot get resource "pods" in API group "" in the namespace "secret"`},
		{"DELETE", pods, `pods is forbidden: User "reader" cannot deletecollection resource "pods" in API group "" in the namespace "default"`},
		{"GET", "/apis/apps/v1/deployments",
			`deployments.apps is forbidden: User "reader" cannot list resource "deployments" in API group "apps" at the cluster scope`},
		{"GET", "/api/v1/namespaces/team",
			`namespaces "team" is forbidden: User "reader" cannot get resource "namespaces" in API group "" in the namespace "team"`},
		{"GET", "/foo", `forbidden: User "reader" cannot get path "/foo"`},
	} {
		require.Equal(t, row.message, c.do(row.method, row.path, "").is(403).at("message"))
	}
}

func TestOneCanAskWhatOneMayDoAndWhoOneIs(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithDemo())
	const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
	review := func(verb string) string {
		return `{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":{"resourceAttributes":{"namespace":"default","verb":"` + verb + `","resource":"pods","subresource":"ephemeralcontainers"}}}`
	}
	for user, may := range map[string]map[string]bool{
		"kx-admin": {"get": true, "patch": true}, "kx-editor": {"get": true, "patch": true},
		"kx-viewer": {"get": true, "patch": false}, "kx-nobody": {"get": false, "patch": false},
	} {
		c := newClient(t, srv.ConfigOf(user))
		for verb, allowed := range may {
			require.Equal(t, allowed, c.do("POST", path, review(verb)).is(201).at("status", "allowed"), user+" "+verb)
		}
		self := c.do("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
			`{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}`).is(201)
		require.Equal(t, user, self.at("status", "userInfo", "username"))
	}
	c := newClient(t, srv.ConfigOf("kx-nobody"))
	require.Contains(t, c.do("POST", path, "{}").is(422).at("message"),
		"exactly one of nonResourceAttributes or resourceAttributes must be specified")
	require.Equal(t, false, c.do("POST", path,
		`{"spec":{"nonResourceAttributes":{"path":"/metrics","verb":"get"}}}`).is(201).at("status", "allowed"))
	newClient(t, srv.Config()).get(path).is(405)
}

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

func TestImpersonationTakesOnAnothersRules(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithDemo())
	admin, viewer := newClient(t, srv.Config()), newClient(t, srv.ConfigOf("kx-viewer"))
	as := admin.with("Impersonate-User", "kx-nobody")
	require.Contains(t, as.get(pods).is(403).at("message"), `User "kx-nobody" cannot list`)
	as.with("Impersonate-Group", "system:masters").get(pods).is(200)
	require.Equal(t, `users "kx-editor" is forbidden: User "kx-viewer" cannot impersonate resource "users" in API group "" at the cluster scope`,
		viewer.with("Impersonate-User", "kx-editor").get(pods).is(403).at("message"))
	require.Equal(t, "requested [{Group  g    }] without impersonating a user",
		admin.with("Impersonate-Group", "g").get(pods).is(400).at("message"))

	whole := admin.with("Impersonate-User", "u").with("Impersonate-Uid", "7").with("Impersonate-Group",
		"g").with("Impersonate-Extra-Acme.com%2fscopes", "s")
	info := whole.do("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}").is(201)
	require.Equal(t, map[string]any{"username": "u", "uid": "7", "groups": []any{"g", "system:authenticated"},
		"extra": map[string]any{"acme.com/scopes": []any{"s"}}},
		info.at("status", "userInfo"))
}

func TestAClientCertificateIsAUser(t *testing.T) {
	srv := kxtest.Start(t)
	config, err := srv.UserWithCertificate("cert", []string{"dev"}, kxtest.Allow("list", "pods"))
	require.NoError(t, err)
	c := newClient(t, config)
	c.get(pods).is(200)
	info := c.do("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}").is(201)
	require.Equal(t, []any{"dev", "system:authenticated"}, info.at("status", "userInfo", "groups"))
	c.get("/api/v1/nodes").is(403)
}
