package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestRulesAllowAndDeny(t *testing.T) {
	srv := kxtest.Start(t)
	_, err := srv.Create(wiretest.UnscheduledPod("a", ""))
	require.NoError(t, err)
	c := wiretest.NewClient(t, srv.User("reader",
		kxtest.Allow("get, list", "pods", "pods/ephemeralcontainers"),
		kxtest.Allow("*", "deployments.apps").In("team"),
		kxtest.Allow("get", "/metrics*"),
		kxtest.Deny("get", "pods").In("secret")))
	c.Get(wiretest.Pods).Is(200)
	c.Get(wiretest.Pods + "/a/ephemeralcontainers").Is(200)
	c.Get("/apis/apps/v1/namespaces/team/deployments").Is(200)
	c.Get("/metrics/cadvisor").Is(404)
	c.Get("/version").Is(200)
	for _, row := range []struct{ method, path, message string }{
		{"GET", wiretest.Pods + "?watch=1",
			`pods is forbidden: User "reader" cannot watch resource "pods" in API group "" in the namespace "default"`},
		{"GET", wiretest.Pods + "?watch=1&fieldSelector=metadata.name%3Da",
			`pods "a" is forbidden: User "reader" cannot watch resource "pods" in API group "" in the namespace "default"`},
		{"GET", wiretest.Pods + "/a/status",
			`pods "a" is forbidden: User "reader" cannot get resource "pods/status" in API group "" in the namespace "default"`},
		{"PATCH", wiretest.Pods + "/a/ephemeralcontainers",
			`pods "a" is forbidden: User "reader" cannot patch resource "pods/ephemeralcontainers" in API group "" in the namespace "default"`},
		{"GET", "/api/v1/namespaces/secret/pods/a",
			`pods "a" is forbidden: User "reader" cannot get resource "pods" in API group "" in the namespace "secret"`},
		{"DELETE", wiretest.Pods, `pods is forbidden: User "reader" cannot deletecollection resource "pods" in API group "" in the namespace "default"`},
		{"GET", "/apis/apps/v1/deployments",
			`deployments.apps is forbidden: User "reader" cannot list resource "deployments" in API group "apps" at the cluster scope`},
		{"GET", "/api/v1/namespaces/team",
			`namespaces "team" is forbidden: User "reader" cannot get resource "namespaces" in API group "" in the namespace "team"`},
		{"GET", "/foo", `forbidden: User "reader" cannot get path "/foo"`},
	} {
		require.Equal(t, row.message, c.Do(row.method, row.path, "").Is(403).At("message"))
	}
}
