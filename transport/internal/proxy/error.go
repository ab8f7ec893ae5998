package proxy

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/kx-k8s/kx/transport/internal/text"
)

const (
	// maxErrorText is the length in bytes of the longest error text.
	maxErrorText = 400

	// maxChallenge is how many bytes of a proxy's challenge go into an error.
	maxChallenge = 100
)

// Error reports that a proxy could not be reached, or did not connect to the server.
type Error struct {
	// Advice says what the user can do.
	Advice string

	address, problem string
	err              error
}

func (e *Error) Error() string {
	return text.Quote([]byte("proxy "+e.address+e.problem), maxErrorText)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// wrap returns err as an *Error, and unchanged when it is one.
func (p *Proxy) wrap(err error) error {
	proxyErr, ok := errors.AsType[*Error](err)
	if ok {
		return proxyErr
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("it closed the connection: %w", err)
	}
	return &Error{address: p.Address, problem: ": " + err.Error(), Advice: p.adviseFailure(err),
		err: err}
}

func (p *Proxy) adviseFailure(err error) string {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	switch {
	case errors.As(err, &verification):
		if !p.isConfigured() {
			return fmt.Sprintf("the proxy's certificate must be valid now, name %s, and be issued "+
				"by an authority that this machine trusts", p.host)
		}
		return fmt.Sprintf(
			"the proxy's certificate must be valid now, name %s, and be issued by an authority "+
				"that this machine or certificate-authority trusts", p.host)
	case errors.As(err, &record):
		return fmt.Sprintf(
			"the proxy does not speak TLS at this port: if that is intended, use http:// in %s "+
				"in %s",
			p.field, p.place)
	case errors.As(err, &op) && op.Op == "dial":
		return p.Check()
	}
	return "does the proxy speak " + p.scheme + " at this port? " + p.Check()
}

// AdviseStatus returns what to do after the proxy answered resp to a request for address.
func (p *Proxy) AdviseStatus(resp *http.Response, address string) string {
	switch {
	case resp.StatusCode >= 500:
		return p.adviseUnreachable(address)
	case resp.StatusCode == http.StatusUnauthorized: // tinyproxy's answer to a wrong password
	case resp.StatusCode != http.StatusProxyAuthRequired:
		return "have it allow connections to " + address + ", or " + p.Check()
	}
	challenges := resp.Header["Proxy-Authenticate"]
	if len(challenges) > 0 && !offersBasic(challenges) {
		return fmt.Sprintf(
			"it asks for %s, and kx supports only Basic authentication: use another proxy, "+
				"or one on this machine that speaks it",
			text.Quote([]byte(strings.Join(challenges, ", ")), maxChallenge))
	}
	return p.adviseCredentials()
}

// offersBasic reports whether one of the challenges is for Basic authentication.
func offersBasic(challenges []string) bool {
	for _, challenge := range challenges {
		scheme, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
		if strings.EqualFold(scheme, "Basic") {
			return true
		}
	}
	return false
}

func (p *Proxy) adviseUnreachable(address string) string {
	return "it has no connection to " + address + ": check the server's address, or " + p.Check()
}

// adviseCredentials returns what to do when the proxy asks for authentication.
func (p *Proxy) adviseCredentials() string {
	if p.user == nil {
		return fmt.Sprintf(
			"it asks for a user name and password: set them in %s in %s, as in "+
				"%s://USER:PASSWORD@HOST:PORT",
			p.field, p.place, p.scheme)
	}
	return fmt.Sprintf("it does not accept the user name and password: check them in %s in %s",
		p.field, p.place)
}

// Check returns which setting of the proxy the user can check.
func (p *Proxy) Check() string {
	if p.isConfigured() {
		return "check proxy-url in " + p.place
	}
	return "check " + p.field + " and NO_PROXY in " + p.place
}
