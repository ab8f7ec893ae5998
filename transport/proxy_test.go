package transport_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// pipe copies both ways until one side ends.
func pipe(a, b io.ReadWriteCloser) {
	go func() { _, _ = io.Copy(a, b); a.Close() }()
	_, _ = io.Copy(b, a)
	b.Close()
}

// connectProxy serves CONNECT for me:s3cret, and everything else not at all.
func connectProxy(used *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*used = append(*used, r.Method+" "+r.Host)
		if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:s3cret")) {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		target, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			target.Close()
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		pipe(conn, target)
	}
}

// socksProxy serves one SOCKS 5 connection after another (RFC 1928, 1929) for me:s3cret.
func socksProxy(t *testing.T, used *[]string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serveSOCKS(conn, used)
		}
	}()
	return l.Addr().String()
}

func serveSOCKS(conn net.Conn, used *[]string) {
	in := bufio.NewReader(conn)
	take := func(n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(in, b)
		return b
	}
	take(int(take(2)[1])) // the methods
	_, _ = conn.Write([]byte{5, 2})
	user := take(int(take(2)[1]))
	password := take(int(take(1)[0]))
	if string(user)+":"+string(password) != "me:s3cret" {
		_, _ = conn.Write([]byte{1, 1})
		conn.Close()
		return
	}
	_, _ = conn.Write([]byte{1, 0})
	request := take(4)
	var host string
	if request[3] == 1 {
		host = net.IP(take(4)).String()
	} else {
		host = string(take(int(take(1)[0])))
	}
	port := take(2)
	target, err := net.Dial("tcp", net.JoinHostPort(host, itoa(int(port[0])<<8|int(port[1]))))
	if err != nil {
		conn.Close()
		return
	}
	*used = append(*used, "SOCKS "+target.RemoteAddr().String())
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go pipe(conn, target)
}

func itoa(n int) string { return (&net.TCPAddr{Port: n}).String()[1:] }

func TestAProxyLeadsToTheServer(t *testing.T) {
	ca := newAuthority(t) // of the https proxy and of the server: net/http verifies both by one configuration
	pair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }, serveAs(pair))
	cfg.TLS.CAData = ca.pem
	cfg.BearerToken = "t0k"
	host := strings.TrimSuffix(strings.TrimPrefix(cfg.Server, "https://"), mount)
	var used []string
	plain := httptest.NewServer(connectProxy(&used))
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(connectProxy(&used))
	serveAs(pair)(secure)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	socks := socksProxy(t, &used)
	for name, tc := range map[string]struct{ url, want string }{
		"http":    {"http://me:s3cret@" + plain.Listener.Addr().String(), "CONNECT " + host},
		"https":   {"https://me:s3cret@" + secure.Listener.Addr().String(), "CONNECT " + host},
		"socks5":  {"socks5://me:s3cret@" + socks, "SOCKS " + host},
		"socks5h": {"socks5h://me:s3cret@" + socks, "SOCKS " + host},
	} {
		t.Run(name, func(t *testing.T) {
			used = nil
			through := *cfg
			through.ProxyURL = tc.url
			body, err := newClient(t, &through).Fetch(t.Context(), send("POST", "{}"))
			require.NoError(t, err)
			require.Equal(t, "HTTP/2.0", string(body))
			require.Equal(t, []string{tc.want}, used)
		})
	}
}

func TestAProxyThatFailsIsNamedWithoutItsPassword(t *testing.T) {
	var used []string
	proxy := httptest.NewServer(connectProxy(&used))
	t.Cleanup(proxy.Close)
	address := proxy.Listener.Addr().String()
	socks := socksProxy(t, &used)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := l.Addr().String()
	require.NoError(t, l.Close())
	const advice = `the proxy failed: check proxy-url in context "dev" in /home/me/.kube/config, or HTTPS_PROXY and NO_PROXY in the environment`
	for name, tc := range map[string]struct{ url, want string }{
		"refuses the password":          {"http://me:s3cretX@" + address, "proxy " + address + " answered 407 Proxy Authentication Required"},
		"cannot reach the server":       {"http://me:s3cret@" + address, "proxy " + address + " answered 502 Bad Gateway"},
		"is not there":                  {"http://me:s3cret@" + nobody, "connection refused"},
		"is not there, SOCKS":           {"socks5://me:s3cret@" + nobody, "connection refused"},
		"refuses the password by SOCKS": {"socks5://me:s3cretX@" + socks, "username/password authentication failed"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, &kubeconfig.Config{Server: "https://" + nobody, ProxyURL: tc.url, Source: source})
			_, err := c.Fetch(t.Context(), send("POST", "{}"))
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, advice)
			require.NotContains(t, err.Error(), "s3cret")
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
		})
	}
}

func TestNewRefusesAProxyThatIsNoURL(t *testing.T) {
	for url, want := range map[string]string{
		"proxy:3128":            "is no URL: give it as http://HOST:PORT",
		"http://":               "is no URL",
		"ftp://me:s3cret@p":     "has a scheme that is none of http, https and socks5",
		"http://me:s3cret@p:no": "is no URL",
		"me:s3cret@p:3128":      "is no URL",
	} {
		_, err := transport.New(&kubeconfig.Config{Server: "https://h", ProxyURL: url})
		requireOneLine(t, err)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "s3cret")
	}
}
