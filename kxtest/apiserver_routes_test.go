package kxtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

func TestANameThatIsNotUTF8IsNotFoundAsAnyOther(t *testing.T) {
	missing := newClient(t, kxtest.Start(t).Config()).get(pods + "/%ff").is(404)
	require.Equal(t, `pods "\xff" not found`, missing.at("message"))
	require.Equal(t, "\uFFFD", missing.at("details", "name"))
}
