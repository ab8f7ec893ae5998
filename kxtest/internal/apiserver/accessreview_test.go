package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAUserCanReviewOneAccessAndTheirOwnIdentity(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithDemo())
	const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
	review := func(verb string) string {
		return `{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":{"resourceAttributes":{"namespace":"default","verb":"` + verb + `","resource":"pods","subresource":"ephemeralcontainers"}}}`
	}
	for user, may := range map[string]map[string]bool{
		"kx-admin": {"get": true, "patch": true}, "kx-editor": {"get": true, "patch": true},
		"kx-viewer": {"get": true, "patch": false}, "kx-nobody": {"get": false, "patch": false},
	} {
		c := wiretest.NewClient(t, srv.ConfigOf(user))
		for verb, allowed := range may {
			require.Equal(t, allowed, c.Do("POST", path, review(verb)).Is(201).At("status", "allowed"), user+" "+verb)
		}
		self := c.Do("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
			`{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}`).Is(201)
		require.Equal(t, user, self.At("status", "userInfo", "username"))
	}
	c := wiretest.NewClient(t, srv.ConfigOf("kx-nobody"))
	require.Contains(t, c.Do("POST", path, "{}").Is(422).At("message"),
		"exactly one of nonResourceAttributes or resourceAttributes must be specified")
	require.Equal(t, false, c.Do("POST", path,
		`{"spec":{"nonResourceAttributes":{"path":"/metrics","verb":"get"}}}`).Is(201).At("status", "allowed"))
	wiretest.NewClient(t, srv.Config()).Get(path).Is(405)
}
