package transport

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestASilentHTTP2ConnectionIsPingedAndClosed(t *testing.T) {
	n, err := newNetwork(&kubeconfig.Config{}, &url.URL{Scheme: "https", Host: "h"}, nil)
	require.NoError(t, err)
	require.Equal(t, 30*time.Second, n.current.pooled.HTTP2.SendPingTimeout)
	require.Equal(t, 15*time.Second, n.current.pooled.HTTP2.PingTimeout)
	require.Equal(t, 10*time.Second, n.current.pooled.TLSHandshakeTimeout)
	require.Zero(t, n.current.pooled.ResponseHeaderTimeout, "no limit by default")
}
