package transport

import (
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestTheEnvironmentsProxySettingsHoldUnlessTheConfigurationNamesAProxy(t *testing.T) {
	if os.Getenv("KX_TEST_PROXY") == "" {
		// net/http reads the environment once in a process.
		again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		again.Env = append(os.Environ(), "KX_TEST_PROXY=1", "HTTPS_PROXY=http://env:1", "https_proxy=", "NO_PROXY=.internal,10.0.0.0/8", "no_proxy=")
		out, err := again.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "PASS: "+t.Name())
		return
	}
	for target, want := range map[string]string{
		"https://api.example": "http://env:1", "https://api.internal": "", "https://10.1.2.3:6443": "", "https://127.0.0.1": "", "http://api.example": "",
	} {
		require.Equal(t, want, proxyFor(t, &kubeconfig.Config{}, target), target)
		require.Equal(t, "http://own:2", proxyFor(t, &kubeconfig.Config{ProxyURL: "http://own:2"}, target), target)
	}
}

func proxyFor(t *testing.T, cfg *kubeconfig.Config, target string) string {
	network, err := newHTTPTransport(cfg)
	require.NoError(t, err)
	req, err := http.NewRequest("GET", target, nil)
	require.NoError(t, err)
	proxy, err := network.Proxy(req)
	require.NoError(t, err)
	if proxy == nil {
		return ""
	}
	return proxy.String()
}

func TestASilentConnectionIsAskedAndGivenUp(t *testing.T) {
	network, err := newHTTPTransport(&kubeconfig.Config{})
	require.NoError(t, err)
	require.Equal(t, 30*time.Second, network.HTTP2.SendPingTimeout)
	require.Equal(t, 15*time.Second, network.HTTP2.PingTimeout)
	require.Equal(t, 10*time.Second, network.TLSHandshakeTimeout)
	require.Zero(t, network.ResponseHeaderTimeout, "no limit unless asked")
}
