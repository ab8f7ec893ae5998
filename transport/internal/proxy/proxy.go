// Package proxy connects to a server through a proxy: by CONNECT (RFC 9110, 9.3.6), by SOCKS 5
// (RFC 1928), or, when the server's URL is http, by forwarding requests.
//
// net/http speaks CONNECT too, but it gives an https proxy the server's TLS configuration, with
// the client certificate in it, and its errors do not say what the proxy answered.
package proxy

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/hostport"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport/internal/text"
)

const (
	// tunnelTimeout is how long a proxy may take to connect to the server.
	tunnelTimeout = time.Minute

	// tlsTimeout is how long the TLS handshake with an https proxy may take.
	tlsTimeout = 10 * time.Second

	// maxSOCKSCredential is the length in bytes of the longest user name or password of SOCKS
	// (RFC 1929, 2).
	maxSOCKSCredential = 255
)

// proxyURLField is the field of a configuration that names a proxy.
const proxyURLField = "proxy-url"

// DialFunc opens a network connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Proxy is a proxy of a configuration or of the environment.
type Proxy struct {
	// Address is the proxy's host and port.
	Address string
	// Dial connects to the proxy.
	Dial DialFunc

	scheme string // http, https or socks5
	host   string
	user   *url.Userinfo // nil when the URL names no user
	field  string        // where the URL was set: "proxy-url" or an environment variable
	place  string        // where that field is: a configuration or the environment
}

// For returns the proxy of cfg or, when cfg names none, the one of the environment for base.
// It returns nil when neither names one. place says in errors where cfg comes from.
func For(cfg *kubeconfig.Config, base *url.URL, place string) (*Proxy, error) {
	if cfg.ProxyURL != "" {
		u, err := url.Parse(cfg.ProxyURL)
		if err != nil {
			u = new(url.URL)
		}
		return parse(u, proxyURLField, place)
	}
	return fromEnvironment(base)
}

// parse returns the proxy of a URL. Its errors show nothing of a URL that may not parse as it is
// meant: all of it may be a password.
func parse(u *url.URL, field, place string) (*Proxy, error) {
	problem := hostport.Problem(u)
	if u.Hostname() == "" || mayHoldPassword(u) {
		problem = "is not a URL"
	}
	if problem != "" {
		return nil, fmt.Errorf("transport: %s %s: write it as http://HOST:PORT "+
			"or http://USER:PASSWORD@HOST:PORT, with %%XX for special characters", field, problem)
	}
	p := &Proxy{scheme: u.Scheme, host: u.Hostname(), user: u.User, field: field, place: place}
	port := ""
	switch u.Scheme {
	case "http":
		port = "80"
	case "https":
		port = "443"
	case "socks5", "socks5h":
		p.scheme, port = "socks5", "1080"
		name := u.User.Username()
		password, _ := u.User.Password()
		if u.User != nil && name == "" || len(name) > maxSOCKSCredential ||
			len(password) > maxSOCKSCredential {
			return nil, fmt.Errorf("transport: %s holds no user name, or a user name or password "+
				"of more than 255 bytes, which SOCKS cannot carry", field)
		}
	default:
		return nil, fmt.Errorf("transport: %s %s has a scheme other than http, https and socks5",
			field, text.RedactURL(u.String()))
	}
	p.Address = net.JoinHostPort(p.host, cmp.Or(u.Port(), port))
	return p, nil
}

// mayHoldPassword reports whether part of a password may stand in the path, query or fragment.
// A / in a password that is not percent-encoded ends the host of a URL.
func mayHoldPassword(u *url.URL) bool { return strings.Contains(u.RequestURI()+u.Fragment, "@") }

// isConfigured reports whether a configuration names the proxy, not the environment.
func (p *Proxy) isConfigured() bool { return p.field == proxyURLField }

// Forwards reports whether the proxy receives each request itself, with the whole URL in it.
// plain says that the server's URL is http. Forwards is false for a nil Proxy.
func (p *Proxy) Forwards(plain bool) bool { return p != nil && plain && p.scheme != "socks5" }

// ForwardingURL returns the URL that net/http needs for a proxy that forwards requests.
// Its scheme is http, because Connect adds the TLS of an https proxy.
func (p *Proxy) ForwardingURL() *url.URL {
	return &url.URL{Scheme: "http", Host: p.Address, User: p.user}
}

// TLSConfig returns the configuration for TLS to an https proxy, and nil for another.
// ca holds PEM authorities that are trusted besides the system's for the proxy of a configuration.
// They do not count for that of the environment: who writes the configuration could take its
// password. A proxy that receives a password is verified even when insecure is set.
func (p *Proxy) TLSConfig(ca []byte, insecure bool) *tls.Config {
	if p.scheme != "https" {
		return nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if p.isConfigured() {
		roots.AppendCertsFromPEM(ca)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: p.host, RootCAs: roots,
		InsecureSkipVerify: insecure && p.user == nil,
	}
}

// Connect connects to the proxy itself. config is the one of TLSConfig.
func (p *Proxy) Connect(ctx context.Context, config *tls.Config) (net.Conn, error) {
	conn, err := p.Dial(ctx, "tcp", p.Address)
	if err != nil {
		return nil, p.wrap(err)
	}
	if config == nil {
		return conn, nil
	}
	secured := tls.Client(conn, config)
	if err := runWithin(ctx, conn, tlsTimeout, secured.Handshake); err != nil {
		return nil, p.wrap(err)
	}
	return secured, nil
}

// Tunnel connects to address through the proxy. config is the one of TLSConfig.
func (p *Proxy) Tunnel(ctx context.Context, config *tls.Config, address string) (net.Conn, error) {
	conn, err := p.Connect(ctx, config)
	if err != nil {
		return nil, err
	}
	request := p.requestConnect
	if p.scheme == "socks5" {
		request = p.requestSOCKS
	}
	if err := runWithin(ctx, conn, tunnelTimeout,
		func() error { return request(conn, address) }); err != nil {
		return nil, p.wrap(err)
	}
	return conn, nil
}

// runWithin runs f, which uses conn, until it returns, the limit has passed or ctx ends.
// It closes conn when f fails.
func runWithin(ctx context.Context, conn net.Conn, limit time.Duration, f func() error) error {
	_ = conn.SetDeadline(time.Now().Add(limit))
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := f()
	if !stop() {
		err = cmp.Or(err, ctx.Err())
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		conn.Close()
	}
	return err
}
