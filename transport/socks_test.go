package transport

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// scripted is a connection to a proxy that says what it says.
type scripted struct {
	net.Conn
	says io.Reader
	sent bytes.Buffer
}

func (c *scripted) Close() error                { return nil }
func (c *scripted) SetDeadline(time.Time) error { return nil }
func (c *scripted) Read(p []byte) (int, error)  { return c.says.Read(p) }
func (c *scripted) Write(p []byte) (int, error) { return c.sent.Write(p) }

func TestWhatGoesToASOCKSProxyIsAsTheStandardHasIt(t *testing.T) {
	for name, tc := range map[string]struct {
		user                *url.Userinfo
		address, says, want string
	}{
		"a name":            {nil, "h:443", "\x05\x00" + "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01", "\x05\x01\x00" + "\x05\x01\x00\x03\x01h\x01\xbb"},
		"IPv4":              {nil, "10.0.0.1:6443", "\x05\x00" + "\x05\x00\x00\x04" + strings.Repeat("x", 18), "\x05\x01\x00" + "\x05\x01\x00\x01\x0a\x00\x00\x01\x19\x2b"},
		"IPv6":              {nil, "[fd00::1]:1", "\x05\x00" + "\x05\x00\x00\x03\x02ab\x00\x01", "\x05\x01\x00" + "\x05\x01\x00\x04\xfd\x00" + strings.Repeat("\x00", 13) + "\x01\x00\x01"},
		"a password":        {url.UserPassword("me", "pw"), "h:1", "\x05\x02\x01\x00" + "\x05\x00\x00\x03\x00\x00\x01", "\x05\x02\x00\x02" + "\x01\x02me\x02pw" + "\x05\x01\x00\x03\x01h\x00\x01"},
		"one not asked for": {url.UserPassword("me", "pw"), "h:1", "\x05\x00" + "\x05\x00\x00\x03\x00\x00\x01", "\x05\x02\x00\x02" + "\x05\x01\x00\x03\x01h\x00\x01"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := &scripted{says: strings.NewReader(tc.says + "TLS")}
			require.NoError(t, (&proxy{user: tc.user}).socks(conn, tc.address))
			require.Equal(t, tc.want, conn.sent.String())
			rest, _ := io.ReadAll(conn)
			require.Equal(t, "TLS", string(rest), "what follows is the server's")
		})
	}
	require.ErrorContains(t, (&proxy{}).socks(&scripted{says: strings.NewReader("\x05\x00")}, strings.Repeat("h", 256)+":1"), "FQDN too long")
}

func FuzzSOCKSProxy(f *testing.F) {
	f.Add("\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01", false)
	f.Add("\x05\x02\x01\x00\x05\x00\x00\x03\x02ab\x00\x01", true)
	f.Add("\x05\xff", true)
	f.Fuzz(func(t *testing.T, says string, authenticated bool) {
		p := &proxy{address: "p:1"}
		if authenticated {
			p.user = url.UserPassword("me", "s3cret")
		}
		if err := p.socks(&scripted{says: strings.NewReader(says)}, "h:443"); err != nil {
			require.NotRegexp(t, `[[:cntrl:]]|s3cret`, p.failed(err).Error())
		}
	})
}

func FuzzProxyURLShowsNoPassword(f *testing.F) {
	for _, part := range []string{"", "/", "#", "?", "%", "@", "\x00", `\`, "[", ":", "12/", "é"} {
		f.Add("http", part, "p:3128")
	}
	f.Fuzz(func(t *testing.T, scheme, part, host string) {
		raw := scheme + "://me:" + part + "s3cret@" + host
		p, err := proxyFor(&kubeconfig.Config{ProxyURL: raw}, nil)
		if err != nil {
			require.NotContains(t, err.Error(), "s3cret")
			return
		}
		require.NotContains(t, p.failed(io.EOF).Error(), "s3cret")
	})
}
