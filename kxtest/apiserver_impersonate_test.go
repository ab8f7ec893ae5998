package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

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
