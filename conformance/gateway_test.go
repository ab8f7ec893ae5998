package conformance_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// gateway is a server between a program and the API server. It tells a test which request comes.
type gateway struct {
	kubeconfig string // of an administrator, in the run's namespace, through the gateway
	routes     []*route
}

// route is what a test wants to know of the requests whose method and URI match.
type route struct {
	method   string
	parts    []string      // of the URI
	arrived  chan struct{} // closed by the first request
	onFirst  func() error  // runs before the first request goes on, if it is not nil
	once     sync.Once
	mu       sync.Mutex
	statuses []int
}

// newGateway starts a gateway with these routes.
func (w *world) newGateway(t *testing.T, routes ...*route) *gateway {
	t.Helper()
	server, err := url.Parse(w.config.Server)
	require.NoError(t, err)
	authority, err := os.ReadFile(w.caFile(t))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(authority))
	cert, key := w.clientCertificate(t)
	pair, err := tls.X509KeyPair(cert, key)
	require.NoError(t, err)
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: roots, Certificates: []tls.Certificate{pair}, ServerName: w.config.TLS.ServerName,
	}}
	t.Cleanup(transport.CloseIdleConnections)

	g := &gateway{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig"), routes: routes}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(server) },
		Transport:      transport,
		FlushInterval:  -1,
		ModifyResponse: g.record,
	}
	listener := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := g.arrive(r); err != nil {
			http.Error(rw, err.Error(), http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		listener.CloseClientConnections()
		listener.Close()
	})
	require.NoError(t, os.WriteFile(g.kubeconfig, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q}}]
contexts: [{name: x, context: {cluster: c, namespace: %q}}]
current-context: x
`, listener.URL, w.config.Namespace), 0o600))
	return g
}

func newRoute(method string, parts ...string) *route {
	return &route{method: method, parts: parts, arrived: make(chan struct{})}
}

func (r *route) matches(method string, u *url.URL) bool {
	for _, part := range r.parts {
		if !strings.Contains(u.RequestURI(), part) {
			return false
		}
	}
	return method == r.method
}

// arrive informs the routes of a request.
func (g *gateway) arrive(request *http.Request) (err error) {
	for _, r := range g.routes {
		if !r.matches(request.Method, request.URL) {
			continue
		}
		r.once.Do(func() {
			if r.onFirst != nil {
				err = r.onFirst()
			}
			close(r.arrived)
		})
	}
	return err
}

// record keeps the status of an answer for its routes.
func (g *gateway) record(answer *http.Response) error {
	for _, r := range g.routes {
		if r.matches(answer.Request.Method, answer.Request.URL) {
			r.mu.Lock()
			r.statuses = append(r.statuses, answer.StatusCode)
			r.mu.Unlock()
		}
	}
	return nil
}

// answers returns the status of each answer.
func (r *route) answers() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.statuses
}
