package transport

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport/internal/credential"
	"github.com/kx-k8s/kx/transport/internal/proxy"
)

// network sends requests over connections that use the current certificates. When the certificates
// change, it makes new connections and closes the old ones as they become idle.
type network struct {
	base         *url.URL
	dial         func(ctx context.Context, network, address string) (net.Conn, error)
	proxy        *proxy.Proxy // nil for none
	plain        bool         // the server's URL is http
	insecure     bool         // the server's certificate is not verified
	serverName   string       // replaces the host in the server's certificate
	uncompressed bool         // answers are not compressed
	certificates *credential.Certificates

	mu      sync.Mutex
	current *connections
	retired []*connections // those of earlier certificates that may still be open
}

// newNetwork reads the certificate files that cfg names. It opens no connection.
func newNetwork(cfg *kubeconfig.Config, base *url.URL,
	dial func(ctx context.Context, network, address string) (net.Conn, error)) (*network, error) {
	p, err := proxy.For(cfg, base, cmp.Or(describeSource(cfg.Source), "the configuration"))
	if err != nil {
		return nil, err
	}
	certificates, err := credential.NewCertificates(cfg.TLS)
	if err != nil {
		return nil, err
	}
	n := &network{
		base: base, dial: dial, proxy: p, plain: base.Scheme == "http", insecure: cfg.TLS.Insecure,
		serverName: cfg.TLS.ServerName, uncompressed: cfg.DisableCompression,
		certificates: certificates,
	}
	if p != nil {
		p.Dial = n.dialTCP
	}
	certificates.OnChange = n.renewConnections
	n.renewConnections()
	return n, nil
}

// RoundTrip sends req. If the server's certificate is of an unknown authority, RoundTrip reads the
// certificate files, and sends req again if they changed. Nothing of req was sent before that.
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	n.certificates.ReloadIfDue(req.Context())
	resp, used, err := n.send(req)
	_, unknownAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	if !unknownAuthority {
		return resp, err
	}
	n.certificates.Reload(req.Context())
	n.mu.Lock()
	changed := n.current != used
	n.mu.Unlock()
	if !changed {
		return nil, err
	}
	next, ok := rewind(req)
	if !ok {
		return nil, err
	}
	resp, _, err = n.send(next)
	return resp, err
}

// send sends req over the current connections, and returns those that it used.
//
// A dedicated request uses a new connection, or that of Preconnect. On a reused one that the server
// has closed, net/http would resend the GET of an upgrade, and so run a program twice.
func (n *network) send(req *http.Request) (*http.Response, *connections, error) {
	n.mu.Lock()
	n.closeRetired()
	current := n.current
	current.openCount.Add(1)
	defer current.openCount.Add(-1) // afterwards its connection is counted
	n.mu.Unlock()
	roundTrip := current.pooled.RoundTrip
	if n.isDedicated(req) {
		roundTrip = current.roundTripDedicated
	}
	resp, err := roundTrip(req)
	return resp, current, err
}

// isDedicated reports whether req gets a connection of its own.
func (n *network) isDedicated(req *http.Request) bool {
	state := stateOf(req.Context())
	return req.Header.Get("Upgrade") != "" ||
		state != nil && state.dedicated && !n.proxy.Forwards(n.plain)
}

// CloseIdleConnections closes the connections that no request uses.
func (n *network) CloseIdleConnections() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.current.closeIdle()
	n.closeRetired()
}

// renewConnections makes later requests use new connections.
func (n *network) renewConnections() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.current != nil {
		n.retired = append(n.retired, n.current)
		n.closeRetired()
	}
	n.current = n.newConnections()
}

// closeRetired closes the retired connections that are idle. net/http would do so for HTTP/1.1,
// but for HTTP/2 only after idleTimeout.
func (n *network) closeRetired() {
	n.retired = slices.DeleteFunc(n.retired, func(c *connections) bool {
		c.closeIdle()
		return c.openCount.Load() == 0
	})
}
