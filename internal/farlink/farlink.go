// Package farlink is a far network for tests: it delays connections as a long way does. Under
// testing/synctest the delay is exact and takes no time, so that a test can count round trips.
package farlink

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Network connects a server to its clients in memory. Its zero value is not usable: call New.
type Network struct {
	roundTrip time.Duration
	accepted  chan net.Conn
	closed    chan struct{}
	once      sync.Once
}

// New returns a network with this time for a round trip. As a net.Listener it is the server's.
func New(roundTrip time.Duration) *Network {
	return &Network{roundTrip: roundTrip, accepted: make(chan net.Conn),
		closed: make(chan struct{})}
}

// DialContext connects to the server, whatever the address. Like TCP it takes one round trip.
func (n *Network) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	select {
	case <-time.After(n.roundTrip):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	client, near := net.Pipe()
	far, server := net.Pipe()
	select {
	case n.accepted <- server:
	case <-n.closed:
		return nil, errors.New("the network is closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	go connect(near, far, n.roundTrip/2)
	return client, nil
}

// Accept returns the next connection of a client.
func (n *Network) Accept() (net.Conn, error) {
	select {
	case conn := <-n.accepted:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Close makes Accept fail.
func (n *Network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

// Addr returns an address of this machine, for which servers have certificates.
func (n *Network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 6443} }

// Relay passes connections to l on to the address target, with roundTrip added to each round trip.
// The handshake of TCP takes one. Relay returns when l is closed.
func Relay(l net.Listener, target string, roundTrip time.Duration) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			time.Sleep(roundTrip) // the client's connect has returned already
			var dialer net.Dialer
			far, err := dialer.DialContext(context.Background(), "tcp", target)
			if err != nil {
				near.Close()
				return
			}
			connect(near, far, roundTrip/2)
		}()
	}
}

// connect passes bytes between a and b, in each direction after delay, until both have ended.
func connect(a, b net.Conn, delay time.Duration) {
	var both sync.WaitGroup
	both.Go(func() { pass(a, b, delay) })
	both.Go(func() { pass(b, a, delay) })
	both.Wait()
}

// chunk is what one Read returned.
type chunk struct {
	data []byte
	due  time.Time
}

// pass writes to to what it reads from from, and closes to after it.
func pass(from, to net.Conn, delay time.Duration) {
	const window = 4096 // chunks on their way
	way := make(chan chunk, window)
	go func() {
		defer close(way)
		for {
			data := make([]byte, 32<<10)
			n, err := from.Read(data)
			way <- chunk{data[:n], time.Now().Add(delay)}
			if err != nil {
				return
			}
		}
	}()
	for c := range way {
		time.Sleep(time.Until(c.due))
		if len(c.data) == 0 {
			continue
		}
		if _, err := to.Write(c.data); err != nil {
			from.Close()
			_, _ = io.Copy(io.Discard, from)
			break
		}
	}
	to.Close()
	for range way { // the reader ends with from
	}
}
