package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
)

// advise says what to do about a request that got no answer; it is empty when nothing more is known.
func (c *Client) advise(err error) string {
	var (
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   net.Error
		proxy     *proxyError
	)
	in := c.configuration()
	switch {
	case errors.As(err, &proxy):
		return proxy.advice
	case errors.As(err, &authority) && c.network.authority() == nil:
		return "the server's certificate is signed by no authority that this machine trusts, and certificate-authority names no other: check it in " + in
	case errors.As(err, &authority):
		return "the server's certificate is signed by none of the authorities in certificate-authority: check it in " + in
	case errors.As(err, &hostname) && len(hostname.Certificate.DNSNames)+len(hostname.Certificate.IPAddresses) == 0:
		return "the server's certificate holds no name that counts: have it issued anew, with its names as subject alternative names"
	case errors.As(err, &hostname):
		return "the server's certificate is for another name: use that name in server, or set tls-server-name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "check the clock of this machine, and have the server's certificate renewed"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the server does not speak TLS at this port: check the address, or use http:// if that is meant"
	case (refusedCertificate(err) || wasReset(err)) && c.expiredCertificate() != "":
		return c.expiredCertificate()
	case hungUp(err):
		return "the server hung up after the TLS handshake, as for want of a valid client certificate: check it in " + in
	case strings.Contains(err.Error(), "protocol version"):
		return "the server does not speak TLS 1.2 or newer, which kx asks for"
	case remoteAlert(err) != "": // of TLS 1.2 it is "handshake failure" when no certificate was given
		return "the server refused the client certificate, or the lack of one: check it in " + in
	case errors.As(err, &dns):
		return "check the host's name" + c.inConfiguration() + ", or the name server"
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

// describeWay names the server and the proxy that leads there, and what to check when neither answers.
func (c *Client) describeWay() (way, check string) {
	p := c.network.proxy
	if p != nil {
		return c.base.Host + " through the proxy " + p.address, p.check()
	}
	return c.base.Host, c.checkAddress()
}

// adviseUnauthorized says what to do about a 401.
func (c *Client) adviseUnauthorized() string {
	expired := c.expiredCertificate()
	if expired != "" {
		return expired
	}
	whose := ""
	if c.source.User != "" {
		whose = fmt.Sprintf(" of user %q", c.source.User)
	}
	credential := c.credentials.describe()
	end := ""
	at := credential.Expires
	if !at.IsZero() {
		end = ", which expires at " + at.UTC().Format(time.RFC3339)
		if !time.Now().Before(at) {
			end = ", which expired at " + at.UTC().Format(time.RFC3339)
		}
	}
	switch credential.Kind {
	case kindToken:
		if whose == "" {
			return "the server does not take the token" + end + ": get a new one"
		}
		return "the server does not take the token" + whose + end + ": put a new one into " + c.configuration()
	case kindNone:
		return "no credentials were sent: give the user some in " + c.configuration()
	case kindTokenFile:
		return "the server does not take the token" + whose + " in the file " + oneLine(credential.From) + end + ": have that file renewed"
	case kindExec:
		return fmt.Sprintf("the server does not take what the credential plugin %q gave%s%s: log in again with that program, or check its arguments in %s",
			credential.From, strings.Replace(whose, " of", " for", 1), end, c.configuration())
	}
	return "the server does not take the credentials" + whose + ": check them in " + c.configuration()
}

func (c *Client) expiredCertificate() string {
	cert := c.network.certificate()
	if cert == nil || time.Now().Before(cert.NotAfter) {
		return ""
	}
	return "the client certificate expired at " + cert.NotAfter.UTC().Format(time.RFC3339) + ": have it renewed"
}

// configuration names where the Client's configuration comes from.
func (c *Client) configuration() string {
	from := describeSource(c.source)
	if from != "" {
		return from
	}
	return "the configuration"
}

// inConfiguration says where the server's address stands, and nothing of one that took the place of a context's.
func (c *Client) inConfiguration() string {
	s := c.source
	if s.Context != "" && s.Cluster == "" {
		return ""
	}
	return " in " + c.configuration()
}

// describeSource says where a configuration comes from: `context "dev" in /home/me/.kube/config`.
func describeSource(s kubeconfig.Source) string {
	files := oneLine(strings.Join(s.Files, ", "))
	switch {
	case s.Context == "":
		return files
	case files == "":
		return fmt.Sprintf("context %q", s.Context)
	}
	return fmt.Sprintf("context %q in %s", s.Context, files)
}

// remoteAlert gives the text of a TLS alert that the server sent, empty when err is none.
func remoteAlert(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		return op.Err.Error()
	}
	return ""
}

// refusedCertificate holds when the server turned our certificate, or the lack of one, away.
// With TLS 1.3 it says so only after the request went out, but it has not read the request then.
func refusedCertificate(err error) bool { return strings.Contains(remoteAlert(err), "certificate") }

// hungUp holds for an HTTP/2 connection that the server closed before the first request could go out.
// net/http has no name for it, and forgets the TLS alert behind it.
func hungUp(err error) bool {
	return strings.HasSuffix(err.Error(), "http2: client conn could not be established")
}
