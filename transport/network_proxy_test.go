package transport_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/kx-k8s/kx/internal/leaktest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

const in = `context "dev" in /home/me/.kube/config`

// answer writes the protocol and host of a request, and accepts an upgrade.
func answer(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		accept(w, r)
		return
	}
	_, _ = io.WriteString(w, r.Proto)
}

// requireNoLeak requires that no goroutine is left when the test has ended and its clients and
// servers are closed.
func requireNoLeak(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { leaktest.Verify(t, before) })
}

func TestEachKindOfProxyReachesAServerThatOnlyItCanResolve(t *testing.T) {
	ca := newAuthority(t)
	serverPair, _, _ := ca.issue(t, "api.internal", time.Now().Add(time.Hour))
	proxyPair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	h2 := serve(t, answer, serveAs(serverPair))
	h1 := serve(t, answer, serveAs(serverPair), http1)
	plain := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(plain.Close)
	const password = `p:/?#[]@! %20"é`
	for _, scheme := range []string{"http", "https", "socks5", "socks5h"} {
		for _, to := range []struct{ server, behind, proto, rest, stream string }{
			{"https://api.internal", h2.Server, "HTTP/2.0", "CONNECT api.internal:443",
				"CONNECT api.internal:443"},
			{"https://api.internal:6443", h1.Server, "HTTP/1.1", "CONNECT api.internal:6443",
				"CONNECT api.internal:6443"},
			{"http://api.internal", plain.URL, "HTTP/1.1", "GET http://api.internal/api/v1/pods",
				"CONNECT api.internal:80"},
		} {
			t.Run(scheme+" to "+to.proto+" at "+to.server, func(t *testing.T) {
				requireNoLeak(t)
				behind, err := url.Parse(to.behind)
				require.NoError(t, err)
				proxy := startProxy(t, &proxyServer{
					scheme: strings.TrimSuffix(scheme, "h"), user: "me@corp:" + password,
					names: map[string]string{"api.internal": behind.Host},
					tls: &tls.Config{Certificates: []tls.Certificate{proxyPair}, NextProtos: []string{"h2", "http/1.1"},
						ClientAuth: tls.RequestClientCert},
				})
				through := strings.Replace(proxy.url(url.UserPassword("me@corp", password)), proxy.scheme, scheme, 1)
				c := newClient(t, &kubeconfig.Config{Server: to.server, TLS: kubeconfig.TLS{CAData: ca.pem}, ProxyURL: through})
				for range 2 {
					body, err := c.Fetch(t.Context(), get())
					require.NoError(t, err)
					require.Equal(t, to.proto, string(body))
				}
				rest := proxy.took()
				echoed(t, c, "one")
				echoed(t, c, "two")
				streams := proxy.took()
				if proxy.scheme == "socks5" {
					to.stream = "SOCKS " + strings.TrimPrefix(to.stream, "CONNECT ")
					to.rest = to.stream
				}
				want := []string{to.rest}
				if strings.HasPrefix(to.rest, "GET") { // the proxy sees each request
					want = append(want, to.rest)
				}
				require.Equal(t, want, rest, "the connection is kept")
				require.Equal(t, []string{to.stream, to.stream}, streams, "each upgrade has a connection of its own")
			})
		}
	}
}

func TestAProxyReceivesTheUserAndPasswordOfItsURL(t *testing.T) {
	cfg := serve(t, answer)
	for name, tc := range map[string]struct {
		user *url.Userinfo
		want string
	}{
		"both":               {url.UserPassword("me", "s3cret"), "me:s3cret"},
		"a user alone":       {url.User("me"), "me:"},
		"an empty password":  {url.UserPassword("me", ""), "me:"},
		"special characters": {url.UserPassword(`CORP\me`, "ä %:/@"), `CORP\me:ä %:/@`},
		"the longest for SOCKS": {url.UserPassword(strings.Repeat("u", 255), strings.Repeat("p", 255)),
			strings.Repeat("u", 255) + ":" + strings.Repeat("p", 255)},
	} {
		for _, scheme := range []string{"http", "socks5"} {
			t.Run(name+" by "+scheme, func(t *testing.T) {
				proxy := startProxy(t, &proxyServer{scheme: scheme, user: tc.want})
				own := *cfg
				own.ProxyURL = proxy.url(tc.user)
				_, err := newClient(t, &own).Fetch(t.Context(), get())
				require.NoError(t, err)
				require.Len(t, proxy.took(), 1)
			})
		}
	}
}

func TestIPv6AddressesWorkThroughAProxy(t *testing.T) {
	ca := newAuthority(t)
	pair, _, _ := ca.issue(t, "fd00::1", time.Now().Add(time.Hour))
	cfg := serve(t, answer, serveAs(pair))
	behind := strings.TrimSuffix(strings.TrimPrefix(cfg.Server, "https://"), mount)
	for scheme, want := range map[string]string{"http": "CONNECT [fd00::1]:6443", "socks5": "SOCKS [fd00::1]:6443"} {
		proxy := startProxy(t, &proxyServer{scheme: scheme, names: map[string]string{"fd00::1": behind}})
		c := newClient(t, &kubeconfig.Config{Server: "https://[fd00::1]:6443",
			TLS:      kubeconfig.TLS{CAData: ca.pem},
			ProxyURL: proxy.url(nil)})
		_, err := c.Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Equal(t, []string{want}, proxy.took())
	}
}

func TestAnHTTPSProxyIsVerifiedAndReceivesNoClientCertificate(t *testing.T) {
	ca, foreign := newAuthority(t), newAuthority(t)
	serverPair, _, _ := ca.issue(t, "api.example", time.Now().Add(time.Hour))
	_, cert, key := ca.issue(t, "alice", time.Now().Add(time.Hour))
	good, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	misnamed, _, _ := ca.issue(t, "api.example", time.Now().Add(time.Hour))
	expired, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(-time.Minute))
	unknown, _, _ := foreign.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}, serveAs(serverPair), func(s *httptest.Server) { s.TLS.ClientAuth = tls.RequireAnyClientCert })
	trusting := kubeconfig.TLS{CAData: ca.pem, ServerName: "api.example", CertData: cert, KeyData: key}
	insecure := kubeconfig.TLS{Insecure: true, CertData: cert, KeyData: key}
	me := url.UserPassword("me", "s3cret")
	const advice = "the proxy's certificate must be valid now, name 127.0.0.1, and be issued by an authority that this " +
		"machine or certificate-authority trusts"
	for name, tc := range map[string]struct {
		pair tls.Certificate
		conf kubeconfig.TLS
		user *url.Userinfo
		want []string // nil for success
	}{
		"by the cluster's authority": {good, trusting, me, nil},
		"for the server's name": {misnamed, trusting, me,
			[]string{"doesn't contain any IP SANs", advice}},
		"expired": {expired, trusting, me,
			[]string{"certificate has expired", advice}},
		"by an unknown authority": {unknown, trusting, me,
			[]string{"certificate signed by unknown authority", advice}},
		"insecure-skip-tls-verify, and a password": {unknown, insecure, me,
			[]string{"certificate signed by unknown authority", advice}},
		"insecure-skip-tls-verify, without a password": {unknown, insecure, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := startProxy(t, &proxyServer{scheme: "https",
				tls: &tls.Config{Certificates: []tls.Certificate{tc.pair}, ClientAuth: tls.RequestClientCert}})
			own := *cfg
			own.TLS, own.ProxyURL = tc.conf, proxy.url(tc.user)
			body, err := newClient(t, &own).Fetch(t.Context(), get())
			require.Zero(t, proxy.presents)
			if tc.want == nil {
				require.NoError(t, err)
				require.Equal(t, "alice", string(body), "the server receives it")
				return
			}
			requireOneLine(t, err)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "s3cret")
			require.Empty(t, proxy.took(), "nothing was sent to it")
		})
	}
}

func TestAnHTTPSProxyOfASystemAuthorityIsTrusted(t *testing.T) {
	if os.Getenv("SSL_CERT_FILE") == "" || os.Getenv("KX_TEST_PROXY") == "" {
		// crypto/x509 reads the system's authorities once per process.
		machine := newAuthority(t)
		pair, cert, key := machine.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
		require.NotEmpty(t, pair.Certificate)
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), "KX_TEST_PROXY="+dir, "SSL_CERT_FILE="+write(t, dir, "ca", machine.pem),
			"SSL_CERT_DIR="+dir, "GORACE=atexit_sleep_ms=0")
		write(t, dir, "cert", cert)
		write(t, dir, "key", key)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "PASS: "+t.Name())
		return
	}
	dir := os.Getenv("KX_TEST_PROXY")
	pair, err := tls.LoadX509KeyPair(dir+"/cert", dir+"/key")
	require.NoError(t, err)
	proxy := startProxy(t, &proxyServer{scheme: "https", tls: &tls.Config{Certificates: []tls.Certificate{pair}}})
	cfg := serve(t, answer)
	cfg.ProxyURL = proxy.url(nil)
	_, err = newClient(t, cfg).Fetch(t.Context(), get())
	require.NoError(t, err)
	cfg.ProxyURL = ""
	own := serve(t, answer, serveAs(pair))
	own.TLS.CAData = newAuthority(t).pem
	_, err = newClient(t, own).Fetch(t.Context(), get())
	require.ErrorContains(t, err, "unknown authority", "the server is verified only by certificate-authority")
}

func TestTheClustersAuthorityCountsForTheFilesOwnProxyAlone(t *testing.T) {
	variables := []string{"KX_TEST_PROXY", "KX_TEST_CA", "HTTPS_PROXY"}
	if os.Getenv(variables[0]) == "" {
		// net/http reads the environment once per process.
		ca := newAuthority(t)
		pair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
		proxy := startProxy(t, &proxyServer{scheme: "https", user: "me:s3cret",
			tls: &tls.Config{Certificates: []tls.Certificate{pair}}})
		through := proxy.url(url.UserPassword("me", "s3cret"))
		values := []string{through, string(ca.pem), through}
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
		for i, name := range variables {
			cmd.Env = append(cmd.Env, name+"="+values[i])
		}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "PASS: "+t.Name())
		require.Equal(t, []string{"CONNECT api.example:443"}, proxy.took(), "that of proxy-url alone")
		return
	}
	cfg := &kubeconfig.Config{Server: "https://api.example",
		TLS: kubeconfig.TLS{CAData: []byte(os.Getenv("KX_TEST_CA"))}}
	_, err := newClient(t, cfg).Fetch(t.Context(), get())
	requireOneLine(t, err)
	require.ErrorContains(t, err, "certificate signed by unknown authority")
	require.ErrorContains(t, err, "be issued by an authority that this machine trusts")
	require.NotContains(t, err.Error(), "s3cret")
	cfg.ProxyURL = os.Getenv("KX_TEST_PROXY")
	_, err = newClient(t, cfg).Fetch(t.Context(), get())
	require.ErrorContains(t, err, "answered 502 Bad Gateway", "the proxy, which knows no api.example, was asked")
}

// says returns the address of a listener that answers each connection with text and closes it.
func says(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func TestAProxyErrorNamesTheRemedyAndNoPassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := l.Addr().String()
	require.NoError(t, l.Close())
	http1 := startProxy(t, &proxyServer{scheme: "http", user: "me:s3cret"})
	socks := startProxy(t, &proxyServer{scheme: "socks5", user: "me:s3cret"})
	const check = "; check proxy-url in " + in
	unconnected := "; it has no connection to " + nobody + ": check the server's address, or check proxy-url in " + in
	speaks := func(scheme string) string {
		return "; does the proxy speak " + scheme + " at this port? check proxy-url in " + in
	}
	for name, tc := range map[string]struct{ url, want string }{
		"asks for a password": {"http://" + http1.address,
			http1.address + " answered 407 Proxy Authentication Required; it asks for a user name and password: set them in " +
				"proxy-url in " + in + ", as in http://USER:PASSWORD@HOST:PORT"},
		"refuses the password": {"http://me:s3cretX@" + http1.address,
			http1.address + " answered 407 Proxy Authentication Required; it does not accept the user name and password: " +
				"check them in proxy-url in " + in},
		"refuses the password with 401, as tinyproxy does": {"http://me:s3cret@" + says(t,
			"HTTP/1.1 401 Unauthorized\r\n\r\n"),
			" answered 401 Unauthorized; it does not accept the user name and password: check them in proxy-url in " + in},
		"asks for unsupported authentication": {"http://me:s3cret@" +
			says(t, "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n"),
			"answered 407 No; it asks for Negotiate, NTLM, and kx supports only Basic authentication"},
		"cannot reach the server": {"http://me:s3cret@" + http1.address,
			"answered 502 Bad Gateway" + unconnected},
		"does not allow the server": {"http://me:s3cret@" + says(t, "HTTP/1.1 403 Filtered\r\n\r\n"),
			"answered 403 Filtered; have it allow connections to " + nobody + ", or check proxy-url in " + in},
		"sends an interim answer alone": {"http://me:s3cret@" + says(t,
			"HTTP/1.1 103 Early Hints\r\n\r\n"),
			"answered 103 Early Hints; have it allow connections to " + nobody},
		"is no proxy": {"http://me:s3cret@" + says(t, "\x15\x03\x01\x00\x02\n"),
			`malformed HTTP response "\x15\x03\x01\x00\x02"` + speaks("http")},
		"sends an endless answer": {"http://me:s3cret@" + says(t,
			"HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 100_000)),
			"it closed the connection: unexpected EOF" + speaks("http")},
		"sends more than its answer": {"http://me:s3cret@" + says(t, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1"),
			"it sent more than its answer" + speaks("http")},
		"closes the connection": {"http://me:s3cret@" + says(t, ""), "it closed the connection: "},
		"does not exist": {"http://me:s3cret@" + nobody,
			"proxy " + nobody + ": dial tcp " + nobody + ": connect: connection refused" + check},
		"cannot be resolved": {"http://me:s3cret@proxy.invalid",
			"proxy proxy.invalid:80: dial tcp: lookup proxy.invalid"},
		"does not speak TLS": {"https://me:s3cret@" + says(t, "HTTP/1.1 400 No\r\n\r\n"),
			"the proxy does not speak TLS at this port: if that is intended, use http:// in proxy-url in " +
				in},
		"asks for a password, SOCKS": {"socks5://" + socks.address,
			": no acceptable authentication methods; it asks for a user name and password: set them in proxy-url in " + in +
				", as in socks5://USER"},
		"refuses the password, SOCKS": {"socks5://me:s3cretX@" + socks.address,
			socks.address + ": username/password authentication failed; it does not accept the user name and password: check " +
				"them in proxy-url in " + in},
		"cannot reach, SOCKS": {"socks5://me:s3cret@" + socks.address,
			socks.address + " cannot connect: connection refused" + unconnected},
		"sends a reply code, SOCKS": {"socks5://" + says(t,
			"\x05\x00\x05\x99\x00\x01\x00\x00\x00\x00\x00\x00"),
			" cannot connect: unknown code: 153" + unconnected},
		"is no proxy, SOCKS": {"socks5://me:s3cret@" + says(t, "HTTP/1.1 400 No\r\n\r\n"),
			"unexpected protocol version 72" + speaks("socks5")},
		"chooses another method, SOCKS": {"socks5://me:s3cret@" + says(t, "\x05\x01"),
			": unsupported authentication method 1; it does not accept the user name"},
		"closes the connection, SOCKS": {"socks5://me:s3cret@" + says(t, "\x05"),
			"it closed the connection: unexpected EOF" + speaks("socks5")},
		"does not exist, SOCKS": {"socks5://me:s3cret@" + nobody, "connect: connection refused" + check},
	} {
		t.Run(name, func(t *testing.T) {
			requireNoLeak(t)
			var log bytes.Buffer
			c := newClient(t, &kubeconfig.Config{Server: "https://" + nobody, ProxyURL: tc.url,
				Source: source},
				transport.WithLog(&log, 9))
			for _, call := range []func() error{
				func() error { _, err := c.Fetch(t.Context(), send("POST", "{}")); return err },
				func() error { _, err := c.Upgrade(t.Context(), execRequest(), v4); return err },
			} {
				err := call()
				requireOneLine(t, err)
				require.ErrorContains(t, err, "proxy ")
				require.ErrorContains(t, err, tc.want)
				require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
				require.NotContains(t, fmt.Sprintf("%v %+v %#v %v %+v %s", err, err, err, c, c, &log), "s3cret")
			}
		})
	}
}

func TestAForwardingProxyThatAsksForAPasswordIsNamed(t *testing.T) {
	proxy := startProxy(t, &proxyServer{scheme: "http", user: "me:s3cret"})
	c := newClient(t, &kubeconfig.Config{Server: "http://api.internal", ProxyURL: proxy.url(nil),
		Source: source})
	_, err := c.Fetch(t.Context(), send("POST", "{}"))
	requireOneLine(t, err)
	require.ErrorContains(t, err, "407 Proxy Authentication Required")
	require.ErrorContains(t, err, "it asks for a user name and password: set them in proxy-url in "+in)
	require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
}

func TestAHangingProxyEndsWithTheRequest(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts no connection
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	for _, scheme := range []string{"http", "https", "socks5"} {
		for _, what := range []string{"a request", "an upgrade"} {
			t.Run(what+" by "+scheme, func(t *testing.T) {
				requireNoLeak(t)
				c := newClient(t, &kubeconfig.Config{Server: "https://kx.invalid", ProxyURL: scheme + "://" +
					l.Addr().String()})
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				var err error
				if what == "a request" {
					_, err = c.Do(ctx, get())
				} else {
					_, err = c.Upgrade(ctx, execRequest(), v4)
				}
				require.ErrorIs(t, err, context.DeadlineExceeded)
				c.Close()
			})
		}
	}
}

func TestNewFailsForAnInvalidProxyURL(t *testing.T) {
	for raw, want := range map[string]string{
		"proxy:3128": "is not a URL: write it as http://HOST:PORT or " +
			"http://USER:PASSWORD@HOST:PORT, with " +
			"%XX for special characters",
		"http://":                    "is not a URL",
		"http://:3128":               "is not a URL",
		"http://me:s3cret@p:no":      "is not a URL",
		"me:s3cret@p:3128":           "is not a URL",
		"http://me:12/s3cret@p:3128": "is not a URL",
		"http://me:12?s3cret@p:3128": "is not a URL",
		"http://me:12#s3cret@p:3128": "is not a URL",
		"http://me:s3cret%@p:3128":   "is not a URL",
		"ftp://me:s3cret@p": "proxy-url ftp://REDACTED@p has a scheme other than http, https " +
			"and socks5",
		"socks4://p": "has a scheme other than http, https and socks5",
		"socks5://me:s3cret" + strings.Repeat("x", 255) +
			"@p": "a user name or password of more than 255 bytes",
		"socks5://:s3cret@p": "proxy-url holds no user name, or",
	} {
		t.Run(raw[:min(len(raw), 30)], func(t *testing.T) {
			_, err := transport.New(&kubeconfig.Config{Server: "https://h", ProxyURL: raw})
			requireOneLine(t, err)
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}
