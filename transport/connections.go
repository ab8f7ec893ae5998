package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// The time limits of a connection; a request has none unless asked.
const (
	dialTimeout  = 30 * time.Second
	tlsTimeout   = 10 * time.Second
	idleTimeout  = 90 * time.Second
	pingAfter    = 30 * time.Second // HTTP/2: how long a connection may be silent before it is asked
	pingTimeout  = 15 * time.Second
	maxIdleConns = 100
)

// connections are those that were made with the same certificates.
type connections struct {
	rest, upgrades *http.Transport
	held           atomic.Int32 // how many are open in rest, and requests that may be making one
}

// newConnections has none open yet.
func (n *network) newConnections() *connections {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	conf := &n.files.conf
	c := new(connections)
	c.upgrades = &http.Transport{
		DialContext: dialTCP,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, ServerName: conf.ServerName, InsecureSkipVerify: conf.Insecure,
			RootCAs: n.files.roots, GetClientCertificate: n.clientCertificate,
		},
		TLSHandshakeTimeout:   tlsTimeout,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    n.uncompressed,
		DisableKeepAlives:     true,
		Protocols:             protocols,
	}
	reach := dialTCP
	p := n.proxy
	if p != nil {
		config := p.tlsConfig(n.files.ca, conf.Insecure)
		c.upgrades.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) { return p.tunnel(ctx, config, address) }
		reach = c.upgrades.DialContext
		if p.passesOn(n.plain) {
			reach = func(ctx context.Context, _, _ string) (net.Conn, error) { return p.reach(ctx, config) }
		}
	}
	c.rest = c.upgrades.Clone()
	if n.proxy.passesOn(n.plain) {
		c.rest.Proxy = http.ProxyURL(n.proxy.forwarding())
	}
	c.rest.DisableKeepAlives = false
	c.rest.MaxIdleConns, c.rest.MaxIdleConnsPerHost, c.rest.IdleConnTimeout = maxIdleConns, maxIdleConns, idleTimeout
	c.rest.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout}
	c.rest.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := reach(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c.held.Add(1)
		return &countedConn{Conn: conn, closed: sync.OnceFunc(func() { c.held.Add(-1) })}, nil
	}
	return c
}

// closeIdle closes what no request is using, and gives up on connections that are being made for nobody any more.
func (c *connections) closeIdle() {
	c.rest.CloseIdleConnections()
	c.upgrades.CloseIdleConnections()
}

// countedConn tells when it is closed.
type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// dialTCP connects to the server, or to its proxy.
func dialTCP(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &bulkConn{Conn: conn}, nil
}
