package faultproxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// Upstream is the API server behind the proxies.
type Upstream struct {
	base      *url.URL
	namespace string
	token     string
	tls       *tls.Config
	transport *http.Transport
}

// NewUpstream returns the API server of cfg, whose credential is a token or a certificate.
func NewUpstream(cfg *kubeconfig.Config) (*Upstream, error) {
	base, err := url.Parse(cfg.Server)
	if err != nil {
		return nil, err
	}
	u := &Upstream{base: base, namespace: cfg.Namespace, token: cfg.BearerToken}
	u.tls = &tls.Config{ServerName: cfg.TLS.ServerName, InsecureSkipVerify: cfg.TLS.Insecure,
		NextProtos: []string{"http/1.1"}}
	authority, err := content(cfg.TLS.CAData, cfg.TLS.CAFile)
	if err != nil {
		return nil, err
	}
	u.tls.RootCAs = x509.NewCertPool()
	if !u.tls.RootCAs.AppendCertsFromPEM(authority) {
		return nil, errors.New("the configuration has no certificate authority")
	}
	cert, err := content(cfg.TLS.CertData, cfg.TLS.CertFile)
	if err != nil {
		return nil, err
	}
	key, err := content(cfg.TLS.KeyData, cfg.TLS.KeyFile)
	if err != nil {
		return nil, err
	}
	if cert != nil {
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, err
		}
		u.tls.Certificates = []tls.Certificate{pair}
	}
	u.transport = &http.Transport{TLSClientConfig: u.tls, DisableCompression: true,
		MaxIdleConnsPerHost: 32}
	return u, nil
}

func content(data []byte, file string) ([]byte, error) {
	if data != nil || file == "" {
		return data, nil
	}
	return os.ReadFile(file)
}

// Close closes the idle connections.
func (u *Upstream) Close() { u.transport.CloseIdleConnections() }

// request returns the request of r with the credential of the API server.
func (u *Upstream) request(ctx context.Context, r *Record) *http.Request {
	target := *r.URL
	target.Scheme, target.Host = u.base.Scheme, u.base.Host
	header := r.Header.Clone()
	for _, name := range []string{"Authorization", "Te", "Transfer-Encoding", "Content-Length"} {
		header.Del(name)
	}
	if u.token != "" {
		header.Set("Authorization", "Bearer "+u.token)
	}
	out := &http.Request{Method: r.Method, URL: &target, Header: header, Host: u.base.Host,
		ContentLength: int64(len(r.Body)), Body: http.NoBody}
	if len(r.Body) > 0 {
		out.Body = readCloser{bytes.NewReader(r.Body)}
	}
	return out.WithContext(ctx)
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// upgrade sends the request of r over a connection of its own.
func (u *Upstream) upgrade(ctx context.Context, r *Record) (net.Conn, *bufio.Reader,
	*http.Response, error) {
	address := u.base.Host
	if !strings.Contains(address, ":") {
		address += ":443"
	}
	dialer := tls.Dialer{Config: u.tls}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, nil, err
	}
	request := u.request(ctx, r)
	err = request.Write(conn)
	if err != nil {
		conn.Close()
		return nil, nil, nil, err
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		conn.Close()
		return nil, nil, nil, err
	}
	return conn, reader, response, nil
}
