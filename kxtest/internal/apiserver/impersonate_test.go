package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestImpersonationAppliesTheRulesOfTheOtherUser(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithDemo())
	admin, viewer := wiretest.NewClient(t, srv.Config()), wiretest.NewClient(t, srv.ConfigOf("kx-viewer"))
	as := admin.With("Impersonate-User", "kx-nobody")
	require.Contains(t, as.Get(wiretest.Pods).Is(403).At("message"), `User "kx-nobody" cannot list`)
	as.With("Impersonate-Group", "system:masters").Get(wiretest.Pods).Is(200)
	require.Equal(t, `users "kx-editor" is forbidden: User "kx-viewer" cannot impersonate resource "users" in API group "" at the cluster scope`,
		viewer.With("Impersonate-User", "kx-editor").Get(wiretest.Pods).Is(403).At("message"))
	require.Equal(t, "requested [{Group  g    }] without impersonating a user",
		admin.With("Impersonate-Group", "g").Get(wiretest.Pods).Is(400).At("message"))

	whole := admin.With("Impersonate-User", "u").With("Impersonate-Uid", "7").With("Impersonate-Group",
		"g").With("Impersonate-Extra-Acme.com%2fscopes", "s")
	info := whole.Do("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}").Is(201)
	require.Equal(t, map[string]any{"username": "u", "uid": "7", "groups": []any{"g", "system:authenticated"},
		"extra": map[string]any{"acme.com/scopes": []any{"s"}}},
		info.At("status", "userInfo"))
}
