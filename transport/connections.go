package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kx-k8s/kx/transport/internal/websocket"
)

// The time limits of a connection. A request has none by default.
const (
	dialTimeout    = 30 * time.Second
	tlsTimeout     = 10 * time.Second
	idleTimeout    = 90 * time.Second
	keepAlive      = 30 * time.Second // interval of TCP's probes
	http2PingAfter = 30 * time.Second // silence of an HTTP/2 connection before it is pinged
	http2PingWait  = 15 * time.Second // for the answer to that ping
	maxIdleConns   = 100
)

// connections are the connections that use the same certificates.
type connections struct {
	pooled    *http.Transport // for requests
	dedicated *http.Transport // for upgrades and Request.Dedicated, over HTTP/1.1
	openCount atomic.Int32    // of pooled connections, and of requests that may open one

	mu    sync.Mutex
	spare *spareConn // for the next dedicated request; nil if there is none
}

// newConnections returns connections with the current certificates, none of them open yet.
func (n *network) newConnections() *connections {
	http1, anyHTTP := new(http.Protocols), new(http.Protocols)
	http1.SetHTTP1(true)
	anyHTTP.SetHTTP1(true)
	anyHTTP.SetHTTP2(true)
	c := new(connections)
	c.dedicated = &http.Transport{
		DialContext: n.dialTCP,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, ServerName: n.serverName, InsecureSkipVerify: n.insecure,
			RootCAs:              n.certificates.Roots(),
			GetClientCertificate: n.certificates.GetClientCertificate,
		},
		TLSHandshakeTimeout:   tlsTimeout,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    n.uncompressed,
		DisableKeepAlives:     true,
		Protocols:             http1,
	}
	dial := n.dialTCP
	p := n.proxy
	if p != nil {
		config := p.TLSConfig(n.certificates.Authority(), n.insecure)
		c.dedicated.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) {
			return p.Tunnel(ctx, config, address)
		}
		dial = c.dedicated.DialContext
		if p.Forwards(n.plain) {
			dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
				return p.Connect(ctx,
					config)
			}
		}
	}
	c.pooled = c.dedicated.Clone()
	if p.Forwards(n.plain) {
		c.pooled.Proxy = http.ProxyURL(p.ForwardingURL())
	}
	c.pooled.DisableKeepAlives, c.pooled.Protocols = false, anyHTTP
	c.pooled.MaxIdleConns, c.pooled.MaxIdleConnsPerHost = maxIdleConns, maxIdleConns
	c.pooled.IdleConnTimeout = idleTimeout
	c.pooled.HTTP2 = &http.HTTP2Config{SendPingTimeout: http2PingAfter, PingTimeout: http2PingWait}
	c.pooled.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c.openCount.Add(1)
		return &countedConn{Conn: conn, onClose: sync.OnceFunc(func() { c.openCount.Add(-1) })}, nil
	}
	return c
}

// closeIdle closes the connections that no request uses, and those that are being opened for a
// request that has ended.
func (c *connections) closeIdle() {
	c.pooled.CloseIdleConnections()
	c.dedicated.CloseIdleConnections()
	s := c.takeSpare()
	if s != nil {
		s.abandon()
	}
}

// countedConn calls onClose when it is closed.
type countedConn struct {
	net.Conn
	onClose func()
}

func (c *countedConn) Close() error {
	c.onClose()
	return c.Conn.Close()
}

// dialTCP connects to the server or to its proxy.
func (n *network) dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := n.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return websocket.NewPaced(conn), nil
}
