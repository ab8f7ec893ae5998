package faultproxy

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/kubeconfig"
)

// Token is the clients' credential. The proxy replaces it by that of the API server.
const Token = "faultproxy-token-that-nobody-may-see"

// Elsewhere is replaced in the headers of an Answer by the URL of another server.
const Elsewhere = "https://elsewhere"

// Proxy is one listener with one fault.
type Proxy struct {
	upstream  *Upstream
	listener  net.Listener
	tls       *tls.Config
	elsewhere *httptest.Server

	ctx    context.Context
	cancel context.CancelFunc
	served sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	conns   map[net.Conn]bool
	fault   *Fault
	records []*Record
	// leaked has the credentials that the other server was sent.
	leaked []string
}

// Start starts a proxy for "http/1.1" or "h2". fault may be nil.
func (u *Upstream) Start(protocol string, fault *Fault) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{upstream: u, listener: listener, conns: map[net.Conn]bool{}}
	if fault != nil {
		copied := *fault
		p.fault = &copied
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.elsewhere = httptest.NewTLSServer(http.HandlerFunc(p.serveElsewhere))
	// The two servers have the same certificate, so that a client trusts both.
	p.tls = &tls.Config{Certificates: p.elsewhere.TLS.Certificates,
		NextProtos: []string{protocol, "http/1.1"}}
	p.served.Go(p.accept)
	return p, nil
}

// Close breaks all connections and waits until nothing of the proxy runs.
func (p *Proxy) Close() {
	p.cancel()
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for conn := range p.conns {
		conn.Close()
	}
	p.mu.Unlock()
	p.elsewhere.CloseClientConnections()
	p.elsewhere.Close()
	p.served.Wait()
}

// Config returns the configuration of a client.
func (p *Proxy) Config() *kubeconfig.Config {
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
		Bytes: p.elsewhere.Certificate().Raw})
	return &kubeconfig.Config{
		Server: "https://" + p.listener.Addr().String() +
			strings.TrimSuffix(p.upstream.base.Path, "/"),
		Namespace:   p.upstream.namespace,
		TLS:         kubeconfig.TLS{CAData: authority},
		BearerToken: Token,
	}
}

// Kubeconfig returns the same as a file.
func (p *Proxy) Kubeconfig() []byte {
	c := p.Config()
	return fmt.Appendf(nil, `{apiVersion: v1, kind: Config, current-context: faults,
contexts: [{name: faults, context: {cluster: faults, user: faults, namespace: %q}}],
clusters: [{name: faults, cluster: {server: %q, certificate-authority-data: %s}}],
users: [{name: faults, user: {token: %s}}]}
`, c.Namespace, c.Server, base64.StdEncoding.EncodeToString(c.TLS.CAData), c.BearerToken)
}

// Records returns the requests so far, and whether the fault has happened.
func (p *Proxy) Records() (all []Record, hit bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.records {
		all = append(all, *r)
	}
	hit = p.fault != nil && p.fault.Stage == Connect && p.fault.hits > 0
	return all, hit || slices.ContainsFunc(all, func(r Record) bool { return r.Hit })
}

// Leaked returns the credentials that were sent to another server.
func (p *Proxy) Leaked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leaked
}

func (p *Proxy) serveElsewhere(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		p.leaked = append(p.leaked, r.Header.Get("Authorization"))
	}
	fmt.Fprintln(w, "{}")
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		hit := p.fault != nil && p.fault.Stage == Connect && p.fault.next()
		p.conns[conn] = true
		if p.closed {
			conn.Close()
		}
		p.mu.Unlock()
		p.served.Go(func() {
			p.serve(conn.(*net.TCPConn), hit)
			conn.Close()
			p.mu.Lock()
			delete(p.conns, conn)
			p.mu.Unlock()
		})
	}
}

// serve speaks with one client until the connection ends.
func (p *Proxy) serve(raw *net.TCPConn, hit bool) {
	if hit {
		p.sever(raw, raw, p.fault.Effect.Kind)
		return
	}
	conn := tls.Server(raw, p.tls)
	err := conn.HandshakeContext(p.ctx)
	if err != nil {
		return
	}
	if conn.ConnectionState().NegotiatedProtocol == "h2" {
		p.serveHTTP2(raw, conn)
		return
	}
	p.serveHTTP1(raw, conn)
}

// sever ends a connection by one of the kinds Reset, Close, Truncate, Stall and Garbage. writer is
// the connection, with TLS or without.
func (p *Proxy) sever(raw *net.TCPConn, writer net.Conn, kind Kind) {
	switch kind {
	case Reset:
		_ = raw.SetLinger(0)
		raw.Close()
	case Close:
		writer.Close()
	case Truncate:
		raw.Close()
	case Garbage:
		_, _ = writer.Write([]byte("\x00\x01\xff\xfe no HTTP \x80\r\n\r\n"))
		writer.Close()
	default:
		<-p.ctx.Done()
	}
}

// received records a request, and returns the fault if it is meant for the request.
func (p *Proxy) received(r *Record) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.records = append(p.records, r)
	f := p.fault
	if f == nil || f.Stage == Connect || f.Match != nil && !f.Match(r) || !f.next() {
		return nil
	}
	// A fault within the frames of a session happens if the frame comes: passFrames reports it.
	r.Hit = !r.Upgrade() || f.Stage != Stream && f.Stage != Body && f.Stage != Status
	return f
}

// update changes a record.
func (p *Proxy) update(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}
