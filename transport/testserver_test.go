package transport_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

const mount = "/k8s/clusters/c-1"

var source = kubeconfig.Source{Files: []string{"/home/me/.kube/config"}, Context: "dev", Cluster: "dev", User: "me"}

// serve starts a TLS server with HTTP/2 and returns a Config for it, with a base path.
func serve(t testing.TB, handle http.HandlerFunc, with ...func(*httptest.Server)) *kubeconfig.Config {
	t.Helper()
	s := httptest.NewUnstartedServer(handle)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	for _, set := range with {
		set(s)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return &kubeconfig.Config{Server: s.URL + mount, TLS: kubeconfig.TLS{CAData: ca}, Source: source}
}

func http1(s *httptest.Server) { s.EnableHTTP2 = false }

// serveAs sets the certificate of a server.
func serveAs(pair tls.Certificate) func(*httptest.Server) {
	return func(s *httptest.Server) { s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}} }
}

func newClient(t testing.TB, cfg *kubeconfig.Config, opts ...transport.Option) *transport.Client {
	t.Helper()
	c, err := transport.New(cfg, opts...)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func get(path ...string) *transport.Request {
	if path == nil {
		path = []string{"api", "v1", "pods"}
	}
	return &transport.Request{Method: http.MethodGet, Path: path}
}

func send(method string, body string) *transport.Request {
	return &transport.Request{Method: method, Path: []string{"api", "v1", "pods"}, ContentType: "application/json",
		Body: []byte(body)}
}

// offline returns a Client that sends requests to next instead of the network.
func offline(t testing.TB, next http.RoundTripper, opts ...transport.Option) *transport.Client {
	t.Helper()
	opts = append(opts, transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return next }))
	return newClient(t, &kubeconfig.Config{Server: "https://kx.invalid:6443", Source: source}, opts...)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{cert: cert, key: key, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// issue returns a certificate for name that expires at end, and its PEM.
func (a *authority) issue(t testing.TB, name string, end time.Time) (pair tls.Certificate, certPEM, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: end.Add(-2 * time.Hour), NotAfter: end,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	ip := net.ParseIP(name)
	if ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else if name != "" {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	pair, err = tls.X509KeyPair(certPEM, keyPEM)
	require.NoError(t, err)
	return pair, certPEM, keyPEM
}

func write(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	return file
}

// requireOneLine requires an error whose text has no control character, as each of the package.
func requireOneLine(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	require.NotRegexp(t, `[[:cntrl:]]`, err.Error())
}

func readAll(r io.Reader) string {
	b, _ := io.ReadAll(r)
	return string(b)
}
