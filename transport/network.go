package transport

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
)

// How often certificate files are looked at again: the figures of client-go.
const (
	lookEvery = 5 * time.Minute
	lookSoon  = 10 * time.Second // after a look that failed
	pairAge   = time.Second      // from which a handshake looks at the client certificate
)

// network sends requests over connections made with the current certificates, and lets go of older connections when those change.
//
// Files are looked at when a request or a handshake comes by, so that nothing of it runs in the background. What cannot be read or used,
// such as a key that was written while its certificate was not yet, leaves the last good one in use.
type network struct {
	proxy        *proxy // nil without one
	plain        bool   // the server is not encrypted
	uncompressed bool
	now          func() time.Time

	mu        sync.Mutex
	files     certificates
	presented *tls.Certificate // a credential plugin's
	nextLook  time.Time
	pairRead  time.Time
	current   *connections
	retired   []*connections // some of which are still open
}

// newNetwork reads the certificate files that cfg names, and opens no connection.
func newNetwork(cfg *kubeconfig.Config) (*network, error) {
	base, err := parseServer(cfg)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFor(cfg, base)
	if err != nil {
		return nil, err
	}
	n := &network{proxy: proxy, plain: base.Scheme == "http", uncompressed: cfg.DisableCompression, now: time.Now, files: certificates{conf: cfg.TLS}}
	if _, err := n.look(); err != nil {
		return nil, err
	}
	if n.current == nil {
		n.renew()
	}
	return n, nil
}

// RoundTrip sends req. One that asks for an upgrade gets a connection that no other request uses: when the server hangs up on one that was used
// before, net/http sends a GET again by itself, and an upgrade may have started something.
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	n.mu.Lock()
	if n.files.any() && !n.now().Before(n.nextLook) {
		_, _ = n.look() // the last good ones stay
	}
	n.sweep()
	current := n.current
	current.held.Add(1)
	defer current.held.Add(-1) // by then the connection counts
	n.mu.Unlock()
	if req.Header.Get("Upgrade") != "" {
		return current.upgrades.RoundTrip(req)
	}
	return current.rest.RoundTrip(req)
}

// present has connections from now on present a credential plugin's client certificate (nil: none any more), and retires those that present another.
func (n *network) present(pair *tls.Certificate) {
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.presented
	n.presented = pair
	if !sameChain(before, pair) {
		n.renew()
	}
}

// lookAgain reads the certificate files now, as after a 401, and says whether the client certificate is another one than before.
func (n *network) lookAgain() (changed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	changed, _ = n.look()
	return changed
}

// certificate gives the client certificate that new connections present, nil without one.
func (n *network) certificate() *x509.Certificate {
	n.mu.Lock()
	defer n.mu.Unlock()
	if pair := n.pair(); pair != nil {
		return pair.Leaf
	}
	return nil
}

// CloseIdleConnections closes the connections that no request is using.
func (n *network) CloseIdleConnections() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.current.closeIdle()
	n.sweep()
}

// clientCertificate is asked in a handshake.
func (n *network) clientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.files.any() && n.now().Sub(n.pairRead) >= pairAge {
		n.pairRead = n.now()
		if changed, _ := n.files.readPair(); changed {
			n.renew()
		}
	}
	if pair := n.pair(); pair != nil {
		return pair, nil
	}
	return new(tls.Certificate), nil // none, as crypto/tls has it
}

func (n *network) pair() *tls.Certificate {
	if n.presented != nil {
		return n.presented
	}
	return n.files.pair
}

// look reads all files.
func (n *network) look() (changed bool, err error) {
	authority, err := n.files.readAuthority()
	changed, pairErr := n.files.readPair()
	if err == nil {
		err = pairErr
	}
	n.pairRead, n.nextLook = n.now(), n.now().Add(lookEvery)
	if err != nil {
		n.nextLook = n.now().Add(lookSoon)
	}
	if authority || changed {
		n.renew()
	}
	return changed, err
}

// renew has new requests go over new connections.
func (n *network) renew() {
	if n.current != nil {
		n.retired = append(n.retired, n.current)
		n.sweep()
	}
	n.current = n.newConnections()
}

// sweep closes those retired connections that have become idle. net/http does so by itself with HTTP/1.1; with HTTP/2 it waits for idleTimeout.
func (n *network) sweep() {
	n.retired = slices.DeleteFunc(n.retired, func(c *connections) bool {
		c.closeIdle()
		return c.held.Load() == 0
	})
}

func sameChain(a, b *tls.Certificate) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.Certificate, b.Certificate, slices.Equal)
}
