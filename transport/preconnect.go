package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"time"
)

// maxSpareAge is how long Preconnect keeps a connection that no request uses. API servers close a
// connection without a request after 32 s, and load balancers may do so sooner.
const maxSpareAge = 5 * time.Second

// Preconnect connects to the server in the background, for the next Upgrade or request that is
// Dedicated. That request then saves the round trips of TCP, of a proxy and of TLS.
//
// Preconnect sends no request. It closes the connection when ctx ends, after 5 s without such a
// request, and at [Client.Close]. It does nothing while an earlier connection waits for one. The
// request connects by itself if connecting has failed, if the server has closed the connection, or
// if the client certificate has changed since.
func (c *Client) Preconnect(ctx context.Context) {
	n := c.network
	n.mu.Lock()
	current := n.current
	n.mu.Unlock()
	current.mu.Lock()
	defer current.mu.Unlock()
	if current.spare != nil || ctx.Err() != nil {
		return
	}
	s := &spareConn{taken: make(chan struct{}), result: make(chan net.Conn)}
	ctx, s.abandon = context.WithCancel(ctx)
	current.spare = s
	go func() {
		defer s.abandon()
		s.run(ctx, func() (net.Conn, error) { return n.connect(ctx, current) })
		current.mu.Lock()
		defer current.mu.Unlock()
		if current.spare == s {
			current.spare = nil
		}
	}()
}

// connect makes a connection for a dedicated request.
func (n *network) connect(ctx context.Context, c *connections) (net.Conn, error) {
	host, port := n.base.Hostname(), "443"
	if n.plain {
		port = "80"
	}
	address := net.JoinHostPort(host, cmp.Or(n.base.Port(), port))
	conn, err := c.dedicated.DialContext(ctx, "tcp", address)
	if err != nil || n.plain {
		return conn, err
	}
	config := c.dedicated.TLSClientConfig.Clone()
	config.ServerName, config.NextProtos = cmp.Or(config.ServerName, host), nil
	secured := tls.Client(conn, config)
	ctx, cancel := context.WithTimeout(ctx, tlsTimeout)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

// takeSpare returns the connection of Preconnect, and leaves none. It returns nil if there is none.
func (c *connections) takeSpare() *spareConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.spare
	c.spare = nil
	return s
}

// roundTripDedicated sends req over the connection of Preconnect, or over a new one.
func (c *connections) roundTripDedicated(req *http.Request) (*http.Response, error) {
	s := c.takeSpare()
	if s == nil {
		return c.dedicated.RoundTrip(req)
	}
	conn, err := s.take(req.Context())
	switch {
	case err != nil:
		return nil, err
	case conn == nil:
		return c.dedicated.RoundTrip(req)
	}
	single := c.dedicated.Clone()
	single.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return conn, nil
	}
	single.DialTLSContext = single.DialContext
	resp, err := single.RoundTrip(req)
	if err == nil {
		return resp, nil
	}
	conn.Close()
	state := stateOf(req.Context())
	if state == nil || state.sent.Load() || req.Context().Err() != nil {
		return nil, err
	}
	return c.dedicated.RoundTrip(req)
}

// spareConn is a connection of Preconnect, or the attempt to make one.
type spareConn struct {
	abandon context.CancelFunc
	taken   chan struct{} // closed when a request waits for result
	result  chan net.Conn // receives the connection once; closed after it
	err     error         // of an attempt that a request waited for; set before result is closed
}

// take returns the connection, and waits for it. It returns nil and no error if the caller should
// connect by itself.
func (s *spareConn) take(ctx context.Context) (net.Conn, error) {
	close(s.taken)
	select {
	case conn := <-s.result:
		if conn == nil {
			return nil, s.err
		}
		return conn, nil
	case <-ctx.Done():
		s.abandon()
		return nil, ctx.Err()
	}
}

// run connects, and keeps the connection until it is taken or ctx ends.
func (s *spareConn) run(ctx context.Context, connect func() (net.Conn, error)) {
	defer close(s.result)
	conn, err := connect()
	if err != nil {
		select {
		case <-s.taken:
			if ctx.Err() == nil {
				s.err = err
			}
		default:
		}
		return
	}
	if s.awaitTake(ctx, conn) {
		select {
		case s.result <- conn:
			return
		case <-ctx.Done():
		}
	}
	conn.Close()
}

// awaitTake waits until the connection is taken, ctx ends, or the connection is too old or lost. It
// reports whether the connection is taken and has received nothing: no server speaks first.
func (s *spareConn) awaitTake(ctx context.Context, conn net.Conn) bool {
	lost := make(chan error, 1)
	go func() {
		_, err := conn.Read(make([]byte, 1))
		lost <- err
	}()
	age := time.NewTimer(maxSpareAge)
	defer age.Stop()
	taken := false
	select {
	case <-s.taken:
		taken = true
	case <-age.C:
	case <-ctx.Done():
	case err := <-lost:
		lost <- err
	}
	_ = conn.SetReadDeadline(time.Unix(1, 0)) // ends the Read
	err := <-lost
	return taken && errors.Is(err, os.ErrDeadlineExceeded) &&
		conn.SetReadDeadline(time.Time{}) == nil
}
