package proxy

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

// scriptedConn is a connection to a proxy whose answers are fixed. It records what is sent.
type scriptedConn struct {
	net.Conn
	answers io.Reader
	sent    bytes.Buffer
}

func (c *scriptedConn) Close() error                { return nil }
func (c *scriptedConn) SetDeadline(time.Time) error { return nil }
func (c *scriptedConn) Read(p []byte) (int, error)  { return c.answers.Read(p) }
func (c *scriptedConn) Write(p []byte) (int, error) { return c.sent.Write(p) }

func TestARequestToASOCKSProxyFollowsRFC1928And1929(t *testing.T) {
	for name, tc := range map[string]struct {
		user                   *url.Userinfo
		address, answers, want string
	}{
		"a name": {nil, "h:443", "\x05\x00" + "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01",
			"\x05\x01\x00" + "\x05\x01\x00\x03\x01h\x01\xbb"},
		"IPv4": {nil, "10.0.0.1:6443", "\x05\x00" + "\x05\x00\x00\x04" + strings.Repeat("x", 18),
			"\x05\x01\x00" + "\x05\x01\x00\x01\x0a\x00\x00\x01\x19\x2b"},
		"IPv6": {nil, "[fd00::1]:1", "\x05\x00" + "\x05\x00\x00\x03\x02ab\x00\x01",
			"\x05\x01\x00" + "\x05\x01\x00\x04\xfd\x00" + strings.Repeat("\x00", 13) + "\x01\x00\x01"},
		"a password": {url.UserPassword("me", "pw"), "h:1", "\x05\x02\x01\x00" + "\x05\x00\x00\x03\x00\x00\x01",
			"\x05\x02\x00\x02" + "\x01\x02me\x02pw" + "\x05\x01\x00\x03\x01h\x00\x01"},
		"a password that the proxy does not ask for": {url.UserPassword("me", "pw"), "h:1",
			"\x05\x00" + "\x05\x00\x00\x03\x00\x00\x01", "\x05\x02\x00\x02" + "\x05\x01\x00\x03\x01h\x00\x01"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := &scriptedConn{answers: strings.NewReader(tc.answers + "TLS")}
			require.NoError(t, (&Proxy{user: tc.user}).requestSOCKS(conn, tc.address))
			require.Equal(t, tc.want, conn.sent.String())
			rest, _ := io.ReadAll(conn)
			require.Equal(t, "TLS", string(rest), "the bytes after the answer are the server's")
		})
	}
	require.ErrorContains(t, (&Proxy{}).requestSOCKS(&scriptedConn{answers: strings.NewReader("\x05\x00")},
		strings.Repeat("h", 256)+":1"), "FQDN too long")
}

func FuzzSOCKSProxy(f *testing.F) {
	f.Add("\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01", false)
	f.Add("\x05\x02\x01\x00\x05\x00\x00\x03\x02ab\x00\x01", true)
	f.Add("\x05\xff", true)
	f.Fuzz(func(t *testing.T, answers string, authenticated bool) {
		p := &Proxy{Address: "p:1"}
		if authenticated {
			p.user = url.UserPassword("me", "s3cret")
		}
		if err := p.requestSOCKS(&scriptedConn{answers: strings.NewReader(answers)}, "h:443"); err != nil {
			require.NotRegexp(t, `[[:cntrl:]]|s3cret`, p.wrap(err).Error())
		}
	})
}

func FuzzProxyURLShowsNoPassword(f *testing.F) {
	for _, part := range []string{"", "/", "#", "?", "%", "@", "\x00", `\`, "[", ":", "12/", "é"} {
		f.Add("http", part, "p:3128")
	}
	f.Fuzz(func(t *testing.T, scheme, part, host string) {
		raw := scheme + "://me:" + part + "s3cret@" + host
		p, err := For(&kubeconfig.Config{ProxyURL: raw}, nil, "the configuration")
		if err != nil {
			require.NotContains(t, err.Error(), "s3cret")
			return
		}
		require.NotContains(t, p.wrap(io.EOF).Error(), "s3cret")
	})
}
