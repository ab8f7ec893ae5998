package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"
)

// SetClock sets the clock by which c reads its certificate files, and reads them.
func SetClock(c *Client, now func() time.Time) {
	c.network.certificates.Now = now
	Reload(c)
}

// RoundTripper returns the innermost layer of c, which sends requests without credentials.
func RoundTripper(c *Client) http.RoundTripper { return c.network }

// Certificate returns the client certificate that c's next connection presents.
func Certificate(c *Client) *x509.Certificate { return c.network.certificates.Leaf() }

// Reload makes c read its certificate files.
func Reload(c *Client) { c.network.certificates.Reload(context.Background()) }

// Present sets the client certificate of a credential plugin.
func Present(c *Client, pair *tls.Certificate) { c.network.certificates.Present(pair) }
