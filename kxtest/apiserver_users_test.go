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
