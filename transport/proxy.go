package transport

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
)

// proxyTimeout is how long a proxy may take to connect us to the server.
const proxyTimeout = time.Minute

// proxy leads to the server: by CONNECT (RFC 9110, 9.3.6), by SOCKS 5, or, where the server is not encrypted, by passing requests on.
type proxy struct {
	scheme  string // http, https or socks5
	host    string
	address string        // host and port
	user    *url.Userinfo // nil without one
	field   string        // what names it: proxy-url or a variable
	place   string        // where that is: a configuration or the environment
}

// proxyFor gives the proxy of cfg or, when it has none, the one that the environment has for base; nil when neither has.
func proxyFor(cfg *kubeconfig.Config, base *url.URL) (*proxy, error) {
	if cfg.ProxyURL != "" {
		u, err := url.Parse(cfg.ProxyURL)
		if err != nil {
			u = new(url.URL)
		}
		return newProxy(u, cfg.ProxyURL, "proxy-url", cmp.Or(describeSource(cfg.Source), "the configuration"))
	}
	u, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	if err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	if u == nil {
		return nil, nil
	}
	name := "HTTPS_PROXY"
	if base.Scheme == "http" {
		name = "HTTP_PROXY"
	}
	if os.Getenv(name) == "" {
		name = strings.ToLower(name)
	}
	return newProxy(u, u.String(), name, "the environment")
}

func newProxy(u *url.URL, raw, field, place string) (*proxy, error) {
	// A / in a password that is not percent-encoded ends the host, and the rest of it would be the path.
	if u.Hostname() == "" || strings.Contains(u.RequestURI()+u.Fragment, "@") {
		return nil, fmt.Errorf("transport: %s %s is no URL: give it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with %%XX for what is special",
			field, redactProxy(raw))
	}
	p := &proxy{scheme: u.Scheme, host: u.Hostname(), user: u.User, field: field, place: place}
	port := ""
	switch u.Scheme {
	case "http":
		port = "80"
	case "https":
		port = "443"
	case "socks5", "socks5h":
		p.scheme, port = "socks5", "1080"
		password, _ := u.User.Password()
		if u.User != nil && u.User.Username() == "" || len(u.User.Username()) > 255 || len(password) > 255 {
			return nil, fmt.Errorf("transport: %s holds no user name, or a user name or password of more than 255 bytes, which SOCKS cannot carry", field)
		}
	default:
		return nil, fmt.Errorf("transport: %s %s has a scheme that is none of http, https and socks5", field, redactProxy(raw))
	}
	p.address = net.JoinHostPort(p.host, cmp.Or(u.Port(), port))
	return p, nil
}

// redactProxy leaves out all that may be part of a password.
func redactProxy(raw string) string {
	if u, err := url.Parse(raw); err == nil && strings.Contains(u.RequestURI()+u.Fragment, "@") {
		return "(not shown)"
	}
	return redactURL(raw)
}

// passesOn holds when the proxy gets the requests themselves, with the whole URL in them.
func (p *proxy) passesOn(plain bool) bool { return p != nil && plain && p.scheme != "socks5" }

// forwarding is what net/http needs to know of a proxy that passes requests on; TLS to it is ours.
func (p *proxy) forwarding() *url.URL { return &url.URL{Scheme: "http", Host: p.address, User: p.user} }

// tlsConfig is for an https proxy. Its certificate is its own: it is for its own host's name, by an authority of this machine or of the cluster,
// which kubectl's users rely on; and the client certificate, which is for the server, is not shown to it.
// What turns verification of the server off gives nothing more away at a proxy, unless a password goes there.
func (p *proxy) tlsConfig(ca []byte, insecure bool) *tls.Config {
	if p.scheme != "https" {
		return nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	roots.AppendCertsFromPEM(ca)
	return &tls.Config{MinVersion: tls.VersionTLS12, ServerName: p.host, RootCAs: roots, InsecureSkipVerify: insecure && p.user == nil}
}

// reach connects to the proxy itself.
func (p *proxy) reach(ctx context.Context, config *tls.Config) (net.Conn, error) {
	conn, err := dialTCP(ctx, "tcp", p.address)
	if err != nil {
		return nil, p.failed(err)
	}
	if config == nil {
		return conn, nil
	}
	secured := tls.Client(conn, config)
	if err := limited(ctx, conn, tlsTimeout, secured.Handshake); err != nil {
		return nil, p.failed(err)
	}
	return secured, nil
}

// tunnel connects to address through the proxy.
func (p *proxy) tunnel(ctx context.Context, config *tls.Config, address string) (net.Conn, error) {
	conn, err := p.reach(ctx, config)
	if err != nil {
		return nil, err
	}
	ask := p.connect
	if p.scheme == "socks5" {
		ask = p.socks
	}
	if err := limited(ctx, conn, proxyTimeout, func() error { return ask(conn, address) }); err != nil {
		return nil, p.failed(err)
	}
	return conn, nil
}

// limited does something on conn within a time, and while ctx holds; conn is closed when it fails.
func limited(ctx context.Context, conn net.Conn, limit time.Duration, do func() error) error {
	_ = conn.SetDeadline(time.Now().Add(limit))
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := do()
	if !stop() {
		err = cmp.Or(err, ctx.Err())
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		conn.Close()
	}
	return err
}

// connect asks for a connection to address by CONNECT.
func (p *proxy) connect(conn net.Conn, address string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if p.user != nil {
		password, _ := p.user.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(p.user.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	in := bufio.NewReader(io.LimitReader(conn, 64<<10))
	resp, err := http.ReadResponse(in, req)
	switch {
	case err != nil:
		return err
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return &proxyError{address: p.address, problem: " answered " + resp.Status, advice: p.adviseStatus(resp, address)}
	case in.Buffered() > 0: // the server speaks when it is spoken to
		return errors.New("it sent more than its answer")
	}
	return nil
}

// proxyError says that a proxy could not be reached, or did not connect us.
type proxyError struct {
	address, problem, advice string
	err                      error
}

func (e *proxyError) Error() string { return quote([]byte("proxy "+e.address+e.problem), 400) }

func (e *proxyError) Unwrap() error { return e.err }

// failed makes a *proxyError of err unless it is one.
func (p *proxy) failed(err error) error {
	if already, ok := errors.AsType[*proxyError](err); ok {
		return already
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("it closed the connection: %w", err)
	}
	return &proxyError{address: p.address, problem: ": " + err.Error(), advice: p.adviseFailure(err), err: err}
}

func (p *proxy) adviseFailure(err error) string {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		op           *net.OpError
	)
	switch {
	case errors.As(err, &verification):
		return fmt.Sprintf("the proxy's certificate has to be for %s, valid now, and by an authority that this machine trusts or certificate-authority holds", p.host)
	case errors.As(err, &record):
		return fmt.Sprintf("the proxy does not speak TLS at this port: use http:// in %s in %s if that is meant", p.field, p.place)
	case errors.As(err, &op) && op.Op == "dial":
		return p.check()
	}
	return "is it " + p.scheme + " that the proxy speaks at this port? " + p.check()
}

// adviseStatus says what to do about a proxy's refusal to connect us to address.
func (p *proxy) adviseStatus(resp *http.Response, address string) string {
	switch {
	case resp.StatusCode >= 500:
		return p.adviseUnconnected(address)
	case resp.StatusCode == http.StatusUnauthorized: // tinyproxy's answer to a wrong password
	case resp.StatusCode != http.StatusProxyAuthRequired:
		return "have it allow connections to " + address + ", or " + p.check()
	}
	asked := resp.Header["Proxy-Authenticate"]
	for _, challenge := range asked {
		scheme, _, _ := strings.Cut(strings.TrimSpace(challenge), " ")
		if strings.EqualFold(scheme, "Basic") {
			asked = nil
		}
	}
	if asked != nil {
		return fmt.Sprintf("it asks for %s, and only Basic authentication is known here: use another proxy, or one on this machine that speaks it",
			quote([]byte(strings.Join(asked, ", ")), 100))
	}
	return p.adviseCredentials()
}

func (p *proxy) adviseUnconnected(address string) string {
	return "it has no connection to " + address + ": check the server's address, or " + p.check()
}

// adviseCredentials says what to do when the proxy wants to know who we are.
func (p *proxy) adviseCredentials() string {
	if p.user == nil {
		return fmt.Sprintf("it asks for a user name and password: give them in %s in %s, as in %s://USER:PASSWORD@HOST:PORT", p.field, p.place, p.scheme)
	}
	return fmt.Sprintf("it does not take the user name and password: check them in %s in %s", p.field, p.place)
}

func (p *proxy) check() string {
	if p.field == "proxy-url" {
		return "check proxy-url in " + p.place
	}
	return "check " + p.field + " and NO_PROXY in " + p.place
}
