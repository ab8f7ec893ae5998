package transport

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestErrorsNameTheConfigurationByContextAndFiles(t *testing.T) {
	for want, source := range map[string]kubeconfig.Source{
		"the configuration":        {},
		"/a":                       {Files: []string{"/a"}},
		`context "dev"`:            {Context: "dev"},
		`context "dev" in /a, /b`:  {Context: "dev", Files: []string{"/a", "/b"}},
		`context "d\nv" in /a b/c`: {Context: "d\nv", Files: []string{"/a\nb/c"}},
	} {
		require.Equal(t, want, (&Client{source: source}).configuration())
	}
}
