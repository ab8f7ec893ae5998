package transport_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestAnEndlessCredentialFileIsRefused(t *testing.T) {
	endless := filepath.Join(t.TempDir(), "endless")
	f, err := os.Create(endless)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(1<<40)) // a sparse file
	require.NoError(t, f.Close())
	for name, set := range map[string]func(*kubeconfig.Config){
		"a token file":  func(c *kubeconfig.Config) { c.BearerTokenFile = endless },
		"an authority":  func(c *kubeconfig.Config) { c.TLS.CAFile = endless },
		"a certificate": func(c *kubeconfig.Config) { c.TLS.CertFile, c.TLS.KeyFile = endless, endless },
		"a key":         func(c *kubeconfig.Config) { c.TLS.CertData, c.TLS.KeyFile = []byte("x"), endless },
	} {
		cfg := &kubeconfig.Config{Server: "https://127.0.0.1:1"}
		set(cfg)
		_, err := transport.New(cfg)
		require.ErrorContains(t, err, "read "+endless+": the file is larger than 4 MiB", name)
	}
}
