package credential

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
)

const (
	// reloadInterval is how long certificate files are used before they are read again, as in
	// client-go.
	reloadInterval = 5 * time.Minute

	// reloadRetry is that time after a read that failed.
	reloadRetry = 10 * time.Second

	// handshakeInterval is that time for a TLS handshake.
	handshakeInterval = time.Second
)

// Certificates holds the client certificate and the certificate authorities of a client.
//
// A request or a handshake reads the files again when that is due. Files that cannot be read or
// used, such as a key that was written before its certificate, leave the last valid ones in use.
type Certificates struct {
	// Now is the clock.
	Now func() time.Time
	// OnChange is called after each change, except those of NewCertificates.
	OnChange func()

	rotates bool // files are named, whose content may change

	read      sharedRead
	mu        sync.Mutex // guards what follows; never held during a read
	files     certificateFiles
	presented *tls.Certificate // from a credential plugin; replaces that of the files
	lastRead  time.Time
	nextRead  time.Time
}

// NewCertificates reads the files that conf names.
func NewCertificates(conf kubeconfig.TLS) (*Certificates, error) {
	c := &Certificates{
		Now: time.Now, OnChange: func() {}, files: certificateFiles{conf: conf},
		rotates: conf.CAFile != "" || conf.CertFile != "" || conf.KeyFile != "",
	}
	if err := c.read.first("the certificate files", c.readFiles); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload reads the files now.
func (c *Certificates) Reload(ctx context.Context) {
	if c.rotates {
		c.read.runFresh(ctx, func() { _ = c.readFiles() }) // a failure leaves the last valid ones
	}
}

// ReloadIfDue reads the files if reloadInterval has passed.
func (c *Certificates) ReloadIfDue(ctx context.Context) {
	c.reloadIf(ctx, func() bool { return !c.Now().Before(c.nextRead) })
}

func (c *Certificates) reloadIf(ctx context.Context, due func() bool) {
	if !c.rotates {
		return
	}
	c.mu.Lock()
	read := due()
	c.mu.Unlock()
	if read {
		c.read.run(ctx, func() { _ = c.readFiles() })
	}
}

// readFiles reads all files. It runs in one goroutine at a time.
func (c *Certificates) readFiles() error {
	c.mu.Lock()
	files := c.files
	c.mu.Unlock()
	authorityChanged, authorityErr := files.readAuthority()
	pairChanged, pairErr := files.readPair()
	err := cmp.Or(authorityErr, pairErr)

	c.mu.Lock()
	c.files, c.lastRead, c.nextRead = files, c.Now(), c.Now().Add(reloadInterval)
	if err != nil {
		c.nextRead = c.lastRead.Add(reloadRetry)
	}
	c.mu.Unlock()
	if authorityChanged || pairChanged {
		c.OnChange()
	}
	return err
}

// Present sets the client certificate of a credential plugin; nil removes it.
func (c *Certificates) Present(pair *tls.Certificate) {
	c.mu.Lock()
	before := c.presented
	c.presented = pair
	c.mu.Unlock()
	if !sameChain(before, pair) {
		c.OnChange()
	}
}

// Leaf returns the client certificate that new connections present, or nil.
func (c *Certificates) Leaf() *x509.Certificate {
	pair := c.pair()
	if pair == nil {
		return nil
	}
	return pair.Leaf
}

// Authority returns the certificate authorities in PEM, or nil when the system's are used.
func (c *Certificates) Authority() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.files.ca
}

// Roots returns the certificate authorities, or nil when the system's are used.
func (c *Certificates) Roots() *x509.CertPool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.files.roots
}

// GetClientCertificate returns the client certificate for a handshake. It is a function for
// tls.Config, and returns an empty certificate when there is none.
func (c *Certificates) GetClientCertificate(asked *tls.CertificateRequestInfo) (*tls.Certificate,
	error) {
	c.reloadIf(asked.Context(), func() bool { return c.Now().Sub(c.lastRead) >= handshakeInterval })
	pair := c.pair()
	if pair == nil {
		return new(tls.Certificate), nil
	}
	return pair, nil
}

func (c *Certificates) pair() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.presented != nil {
		return c.presented
	}
	return c.files.pair
}

func sameChain(a, b *tls.Certificate) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.Certificate, b.Certificate, slices.Equal)
}
