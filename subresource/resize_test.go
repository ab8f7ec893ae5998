package subresource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestAServerBefore133NamesTheVersionThatAResizeNeeds(t *testing.T) {
	server := start(t, kxtest.WithVersion("1.32.9"))
	resize := subresource.Resize(podsOf(t, server))
	pod, err := podsOf(t, server).Get(t.Context(), "shell")
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"Get":     func() error { _, err := resize.Get(t.Context(), "shell"); return err },
		"Replace": func() error { _, err := resize.Replace(t.Context(), "shell", pod); return err },
		"Patch":   func() error { _, err := resize.Patch(t.Context(), "shell", patch.Merge(`{}`)); return err },
	} {
		err := call()
		require.ErrorIs(t, err, subresource.ErrNotServed, name)
		require.ErrorIs(t, err, transport.ErrNotFound, name)
		require.ErrorContains(t, err, "the server does not serve resize of pods: it needs Kubernetes 1.33 or later")
	}
}

func TestAResizeOfAMissingPodIsNoMissingSubresource(t *testing.T) {
	_, err := subresource.Resize(podsOf(t, start(t))).Get(t.Context(), "no-such")
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.NotErrorIs(t, err, subresource.ErrNotServed)
}

func TestANilPodIsNotResized(t *testing.T) {
	server := start(t)
	_, err := subresource.Resize(podsOf(t, server)).Replace(t.Context(), "shell", nil)
	require.EqualError(t, err, "resize pod shell: the pod is nil")
	require.Empty(t, server.Requests())
}
