package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

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
