package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
)

// How often certificate files are looked at again: the figures of client-go.
const (
	lookEvery = 5 * time.Minute
	lookSoon  = 10 * time.Second // after a look that failed
	lookAge   = time.Second      // from which a handshake looks too
)

// network sends requests over connections made with the current certificates, and lets go of older connections when those change.
//
// Files are looked at when a request or a handshake comes by, so that nothing of it runs in the background. What cannot be read or used,
// such as a key that was written while its certificate was not yet, leaves the last good one in use.
type network struct {
	proxy        *proxy // nil without one
	plain        bool   // the server is not encrypted
	rotates      bool   // there are files, which may change
	uncompressed bool
	now          func() time.Time

	reading   reading
	mu        sync.Mutex // held for no longer than it takes to look at these
	files     certificates
	presented *tls.Certificate // a credential plugin's
	nextLook  time.Time
	looked    time.Time
	current   *connections
	retired   []*connections // some of which are still open
}

// newNetwork reads the certificate files that cfg names, and opens no connection.
func newNetwork(cfg *kubeconfig.Config, base *url.URL) (*network, error) {
	proxy, err := proxyFor(cfg, base)
	if err != nil {
		return nil, err
	}
	n := &network{proxy: proxy, plain: base.Scheme == "http", uncompressed: cfg.DisableCompression, now: time.Now, files: certificates{conf: cfg.TLS}}
	n.rotates = n.files.any()
	if err := n.look(); err != nil {
		return nil, err
	}
	if n.current == nil {
		n.renew()
	}
	return n, nil
}

// RoundTrip sends req. Where the server's certificate is by an authority that is not known here the files are read at once: they may hold it by now.
// Nothing of the request has gone out then, and it is sent again if they changed.
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	n.lookFrom(req.Context(), func() bool { return !n.now().Before(n.nextLook) })
	resp, used, err := n.send(req)
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !unknown {
		return resp, err
	}
	n.lookAgain(req.Context())
	n.mu.Lock()
	changed := n.current != used
	n.mu.Unlock()
	if !changed {
		return nil, err
	}
	again, ok := rewind(req)
	if !ok {
		return nil, err
	}
	resp, _, err = n.send(again)
	return resp, err
}

// send sends req over the current connections. One that asks for an upgrade gets a connection that no other request uses: when the server hangs up
// on one that was used before, net/http sends a GET again by itself, and an upgrade may have started something.
func (n *network) send(req *http.Request) (*http.Response, *connections, error) {
	n.mu.Lock()
	n.sweep()
	current := n.current
	current.held.Add(1)
	defer current.held.Add(-1) // by then the connection counts
	n.mu.Unlock()
	if req.Header.Get("Upgrade") != "" {
		resp, err := current.upgrades.RoundTrip(req)
		return resp, current, err
	}
	resp, err := current.rest.RoundTrip(req)
	return resp, current, err
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

// lookAgain reads the files now, as after a 401.
func (n *network) lookAgain(ctx context.Context) {
	if n.rotates {
		n.reading.anew(ctx, func() { _ = n.look() }) // the last good ones stay
	}
}

// lookFrom reads the files if it is time to.
func (n *network) lookFrom(ctx context.Context, due func() bool) {
	if !n.rotates {
		return
	}
	n.mu.Lock()
	yes := due()
	n.mu.Unlock()
	if yes {
		n.reading.join(ctx, func() { _ = n.look() })
	}
}

// certificate gives the client certificate that new connections present, nil without one.
func (n *network) certificate() *x509.Certificate {
	n.mu.Lock()
	defer n.mu.Unlock()
	pair := n.pair()
	if pair != nil {
		return pair.Leaf
	}
	return nil
}

// authority gives the certificate authorities as they were last read, PEM; nil for the system's.
func (n *network) authority() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.files.ca
}

// CloseIdleConnections closes the connections that no request is using.
func (n *network) CloseIdleConnections() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.current.closeIdle()
	n.sweep()
}

// clientCertificate is asked in a handshake.
func (n *network) clientCertificate(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	n.lookFrom(asked.Context(), func() bool { return n.now().Sub(n.looked) >= lookAge })
	n.mu.Lock()
	defer n.mu.Unlock()
	pair := n.pair()
	if pair != nil {
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

// look reads all files, in one goroutine at a time.
func (n *network) look() error {
	n.mu.Lock()
	files := n.files
	n.mu.Unlock()
	authority, err := files.readAuthority()
	pair, pairErr := files.readPair()
	err = cmp.Or(err, pairErr)

	n.mu.Lock()
	defer n.mu.Unlock()
	n.files, n.looked, n.nextLook = files, n.now(), n.now().Add(lookEvery)
	if err != nil {
		n.nextLook = n.looked.Add(lookSoon)
	}
	if authority || pair {
		n.renew()
	}
	return err
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
