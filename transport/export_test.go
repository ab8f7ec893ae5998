package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
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

// DescribePath returns what metrics say about a request by its method and URL alone.
func DescribePath(method string, base, target *url.URL) RequestMetrics {
	m := RequestMetrics{Method: method}
	m.describe(base, target)
	return m
}

// IsObserved reports whether c has the layer of WithMetrics and WithLogger.
func IsObserved(c *Client) bool {
	_, ok := c.http.Transport.(*observer)
	return ok
}

// Attempted counts an attempt of the request with context ctx.
func Attempted(ctx context.Context) { countAttempt(ctx) }

// RenewConnections makes c use new connections, as after a change of its certificates.
func RenewConnections(c *Client) { c.network.renewConnections() }
