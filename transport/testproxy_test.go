package transport_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxyServer is a proxy in this process: http, https (with TLS to it) or socks5.
type proxyServer struct {
	scheme, address string
	user            string            // USER:PASSWORD that it asks for; empty for none
	names           map[string]string // addresses of host names that only the proxy resolves
	tls             *tls.Config       // of an https proxy

	mu       sync.Mutex
	asked    []string // the target of each connection or request
	presents int      // number of client certificates that it received
}

func startProxy(t testing.TB, p *proxyServer) *proxyServer {
	t.Helper()
	if p.scheme == "socks5" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		p.address = l.Addr().String()
		done := make(chan struct{})
		go func() { defer close(done); p.serveSOCKS(l) }()
		t.Cleanup(func() { l.Close(); <-done })
		return p
	}
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.address = s.Listener.Addr().String()
	if p.scheme == "https" {
		s.TLS = p.tls
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return p
}

// url returns the proxy's URL with user.
func (p *proxyServer) url(user *url.Userinfo) string {
	return (&url.URL{Scheme: p.scheme, User: user, Host: p.address}).String()
}

// took returns the targets since the last call.
func (p *proxyServer) took() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.asked
	p.asked = nil
	return asked
}

func (p *proxyServer) note(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, what)
}

func (p *proxyServer) dial(_ context.Context, _, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if behind, ok := p.names[host]; ok {
		address = behind
	}
	return net.Dial("tcp", address)
}

// ServeHTTP answers CONNECT with a tunnel. It forwards other requests without the headers of one
// connection (RFC 9110, 7.6.1).
func (p *proxyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.note(r.Method + " " + r.RequestURI)
	if r.TLS != nil {
		p.mu.Lock()
		p.presents += len(r.TLS.PeerCertificates)
		p.mu.Unlock()
	}
	if p.user != "" && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(p.user)) {
		w.Header().Add("Proxy-Authenticate", "Negotiate")
		w.Header().Add("Proxy-Authenticate", `Basic realm="proxy"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		p.passOn(w, r)
		return
	}
	target, err := p.dial(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		target.Close()
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	pipe(conn, target)
}

func (p *proxyServer) passOn(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	for _, name := range []string{"Connection", "Upgrade", "Proxy-Authorization"} {
		out.Header.Del(name)
	}
	onward := &http.Transport{DialContext: p.dial, DisableKeepAlives: true}
	resp, err := onward.RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// pipe copies both ways until one side ends.
func pipe(a, b net.Conn) {
	go func() { _, _ = io.Copy(a, b); a.Close() }()
	_, _ = io.Copy(b, a)
	b.Close()
}

// serveSOCKS serves SOCKS 5 (RFC 1928, 1929) until l is closed. It then closes the connections,
// which a client may keep for its next request.
func (p *proxyServer) serveSOCKS(l net.Listener) {
	var serving sync.WaitGroup
	defer serving.Wait()
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		serving.Go(func() {
			defer conn.Close()
			target := p.negotiate(conn)
			if target != nil {
				pipe(conn, target)
			}
		})
	}
}

// negotiate reads each message by its length, because the bytes after it belong to the target.
func (p *proxyServer) negotiate(conn net.Conn) net.Conn {
	take := func(n byte) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(conn, b)
		return b
	}
	methods, way := take(take(2)[1]), byte(0)
	if p.user != "" {
		way = 0xff
		for _, m := range methods {
			if m == 2 {
				way = 2
			}
		}
	}
	_, _ = conn.Write([]byte{5, way})
	switch way {
	case 0xff:
		return nil
	case 2:
		user := take(take(2)[1])
		password := take(take(1)[0])
		if string(user)+":"+string(password) != p.user {
			_, _ = conn.Write([]byte{1, 1})
			return nil
		}
		_, _ = conn.Write([]byte{1, 0})
	}
	var host string
	switch take(4)[3] {
	case 1:
		host = net.IP(take(4)).String()
	case 4:
		host = net.IP(take(16)).String()
	default:
		host = string(take(take(1)[0]))
	}
	port := take(2)
	address := net.JoinHostPort(host, strconv.Itoa(int(port[0])<<8|int(port[1])))
	p.note("SOCKS " + address)
	target, err := p.dial(context.Background(), "tcp", address)
	if err != nil {
		_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return nil
	}
	// The bound address is a name.
	_, _ = conn.Write(append([]byte{5, 0, 0, 3, 5}, "proxy\x00\x00"...))
	return target
}
