package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport/internal/credential"
	"github.com/kx-k8s/kx/transport/internal/proxy"
	"github.com/kx-k8s/kx/transport/internal/text"
)

// advise returns the remedy for err, the error of a request without an answer, or "".
func (c *Client) advise(err error) string {
	var (
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   net.Error
		proxyErr  *proxy.Error
	)
	in := c.configuration()
	switch {
	case errors.As(err, &proxyErr):
		return proxyErr.Advice
	case errors.As(err, &authority) && c.network.certificates.Authority() == nil:
		return "the server's certificate is signed by an authority that this machine does not " +
			"trust: set certificate-authority in " + in
	case errors.As(err, &authority):
		return "the server's certificate is signed by none of the authorities in " +
			"certificate-authority: check it in " + in
	case errors.As(err, &hostname) && len(hostname.Certificate.DNSNames)+
		len(hostname.Certificate.IPAddresses) == 0:
		return "the server's certificate holds no subject alternative name: have it reissued " +
			"with its host names as subject alternative names"
	case errors.As(err, &hostname):
		return "the server's certificate is for another name: use that name in server, or set " +
			"tls-server-name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "check the clock of this machine, and have the server's certificate renewed"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the server does not speak TLS at this port: check the address, or use http:// if " +
			"that is meant"
	case (refusedCertificate(err) || wasReset(err)) && c.expiredCertificate() != "":
		return c.expiredCertificate()
	case closedAtStart(err):
		return "the server closed the connection after the TLS handshake, as it does without a " +
			"valid client certificate: check it in " + in
	case strings.Contains(err.Error(), "protocol version"):
		return "the server does not speak TLS 1.2 or newer, which kx requires"
	case remoteAlert(err) != "": // with TLS 1.2 "handshake failure", if no certificate was sent
		return "the server refused the client certificate, or the lack of one: check it in " + in
	case errors.As(err, &dns):
		return "check the host name" + c.inConfiguration() + ", or the name server"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "nothing answers there: " + c.checkAddress()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "is the API server running there? check the address" + c.inConfiguration()
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to it: check the network or VPN, or set proxy-url"
	}
	return ""
}

func (c *Client) checkAddress() string {
	return "check the address" + c.inConfiguration() + ", and the network or VPN"
}

// describeRoute returns the server with its proxy, and what to check when there is no connection.
func (c *Client) describeRoute() (route, check string) {
	p := c.network.proxy
	if p != nil {
		return c.base.Host + " through the proxy " + p.Address, p.Check()
	}
	return c.base.Host, c.checkAddress()
}

// adviseUnauthorized returns the remedy for a 401.
func (c *Client) adviseUnauthorized() string {
	expired := c.expiredCertificate()
	if expired != "" {
		return expired
	}
	whose := ""
	if c.source.User != "" {
		whose = fmt.Sprintf(" of user %q", c.source.User)
	}
	used := c.credentials.Describe()
	end := ""
	at := used.Expires
	if !at.IsZero() {
		end = ", which expires at " + at.UTC().Format(time.RFC3339)
		if !time.Now().Before(at) {
			end = ", which expired at " + at.UTC().Format(time.RFC3339)
		}
	}
	switch used.Kind {
	case credential.KindToken:
		if whose == "" {
			return "the server does not accept the token" + end + ": get a new one"
		}
		return "the server does not accept the token" + whose + end + ": set a new one in " +
			c.configuration()
	case credential.KindNone:
		return "no credentials were sent: set the user's in " + c.configuration()
	case credential.KindTokenFile:
		return "the server does not accept the token" + whose + " in the file " +
			text.OneLine(used.From) + end +
			": have that file renewed"
	case credential.KindPlugin:
		return fmt.Sprintf("the server does not accept the credential of the plugin %q%s%s: "+
			"log in again with that program, or check its arguments in %s",
			used.From, strings.Replace(whose, " of", " for", 1), end, c.configuration())
	}
	return "the server does not accept the credentials" + whose + ": check them in " +
		c.configuration()
}

// adviseRefusedStream returns the remedy for the refusal of a stream without a reason.
func adviseRefusedStream(target *url.URL) string {
	_, subresource := path.Split(target.Path)
	return fmt.Sprintf("from Kubernetes 1.35 on the user needs the verb create for pods/%s, "+
		"besides get", subresource)
}

// adviseRefusedApply returns the remedy for the refusal of an apply without a reason.
func adviseRefusedApply(of *StatusDetails) string {
	resource := ""
	if of != nil && of.Kind != "" {
		resource = " for " + text.OneLine(of.Kind)
	}
	return "the object may not exist yet: then the user needs the verb create" + resource +
		", besides patch"
}

// expiredCertificate returns the remedy if the client certificate has expired, or "".
func (c *Client) expiredCertificate() string {
	cert := c.network.certificates.Leaf()
	if cert == nil || time.Now().Before(cert.NotAfter) {
		return ""
	}
	return "the client certificate expired at " + cert.NotAfter.UTC().Format(time.RFC3339) +
		": have it renewed"
}

// configuration names the source of the configuration.
func (c *Client) configuration() string {
	from := describeSource(c.source)
	if from != "" {
		return from
	}
	return "the configuration"
}

// inConfiguration returns " in" and the source of the server's address, or "" if it is another.
func (c *Client) inConfiguration() string {
	if serverReplaced(c.source) {
		return ""
	}
	return " in " + c.configuration()
}

// serverReplaced reports whether the server's address is not that of the context's cluster.
func serverReplaced(s kubeconfig.Source) bool { return s.Context != "" && s.Cluster == "" }

// describeSource names the source of a configuration: `context "dev" in /home/me/.kube/config`.
func describeSource(s kubeconfig.Source) string {
	files := text.OneLine(strings.Join(s.Files, ", "))
	switch {
	case s.Context == "":
		return files
	case files == "":
		return fmt.Sprintf("context %q", s.Context)
	}
	return fmt.Sprintf("context %q in %s", s.Context, files)
}

// remoteAlert returns the text of a TLS alert from the server, or "" if err is none.
func remoteAlert(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return op.Err.Error()
	}
	return ""
}

// refusedCertificate reports whether the server refused the client certificate, or the lack of one.
// With TLS 1.3 the alert arrives after the request was written; the server has not read that
// request.
func refusedCertificate(err error) bool { return strings.Contains(remoteAlert(err), "certificate") }

// closedAtStart reports whether the server closed an HTTP/2 connection before the first request.
// net/http has no error value for it, and drops the TLS alert behind it.
func closedAtStart(err error) bool {
	return strings.HasSuffix(err.Error(), "http2: client conn could not be established")
}
