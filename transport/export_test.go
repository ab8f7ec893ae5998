package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// Dialed makes of conn what a Client's own dialer gives.
func Dialed(conn net.Conn) net.Conn { return &bulkConn{Conn: conn} }

// SetClock has c, which has just looked at its files, tell by now when it is time to look at them again.
func SetClock(c *Client, now func() time.Time) {
	c.network.now = now
	c.network.lookAgain(context.Background())
}

// RoundTripper is what c's requests go through last.
func RoundTripper(c *Client) http.RoundTripper { return c.network }

// Certificate is the client certificate that c's next connection presents.
func Certificate(c *Client) *x509.Certificate { return c.network.certificate() }

// LookAgain has c read its certificate files.
func LookAgain(c *Client) { c.network.lookAgain(context.Background()) }

// Present has c's next connection present what a credential plugin gave.
func Present(c *Client, pair *tls.Certificate) { c.network.present(pair) }
