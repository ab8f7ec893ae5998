package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestAnInvalidUTF8NameIsNotFound(t *testing.T) {
	missing := wiretest.NewClient(t, kxtest.Start(t).Config()).Get(wiretest.Pods + "/%ff").Is(404)
	require.Equal(t, `pods "\xff" not found`, missing.At("message"))
	require.Equal(t, "\uFFFD", missing.At("details", "name"))
}
