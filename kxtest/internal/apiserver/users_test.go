package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestARequestWithoutAValidCredentialIsUnauthorized(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	for _, token := range []string{"", "wrong"} {
		c.Token = token
		refused := c.Get("/version").Is(401)
		require.Equal(t, "Unauthorized", refused.At("message"))
		require.Equal(t, "Unauthorized", refused.At("reason"))
		require.Nil(t, refused.At("details"))
	}
	gone := wiretest.NewClient(t, srv.User("gone", kxtest.Allow("*", "*")))
	gone.Get(wiretest.Pods).Is(200)
	srv.RevokeToken("gone")
	gone.Get(wiretest.Pods).Is(401)
	renewed := srv.User("gone", kxtest.Allow("*", "*"))
	require.NotEqual(t, gone.Token, renewed.BearerToken)
	wiretest.NewClient(t, renewed).Get(wiretest.Pods).Is(200)
	require.Empty(t, srv.ConfigOf("stranger").BearerToken)
}

func TestAClientCertificateIsAUser(t *testing.T) {
	srv := kxtest.Start(t)
	config, err := srv.UserWithCertificate("cert", []string{"dev"}, kxtest.Allow("list", "pods"))
	require.NoError(t, err)
	c := wiretest.NewClient(t, config)
	c.Get(wiretest.Pods).Is(200)
	info := c.Do("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}").Is(201)
	require.Equal(t, []any{"dev", "system:authenticated"}, info.At("status", "userInfo", "groups"))
	c.Get("/api/v1/nodes").Is(403)
}
