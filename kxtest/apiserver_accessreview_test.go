package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

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
