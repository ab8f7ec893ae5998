package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// dialed is the server's side of the connections that a client makes in memory.
type dialed struct {
	conns []net.Conn
	err   error         // of each connection
	takes time.Duration // of each connection
}

func (d *dialed) dial(ctx context.Context, _, address string) (net.Conn, error) {
	client, server := net.Pipe()
	d.conns = append(d.conns, server)
	select {
	case <-time.After(d.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if address != "kx.invalid:80" {
		return nil, errors.New("dialed " + address)
	}
	return client, d.err
}

// refuse answers one request with 403.
func refuse(conn net.Conn) {
	_, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
	}
	conn.Close()
}

// isClosed reports whether the client has closed the connection.
func isClosed(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(time.Nanosecond))
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

func memoryClient(t *testing.T, d *dialed) *transport.Client {
	cfg := &kubeconfig.Config{Server: "http://kx.invalid", Source: source}
	return newClient(t, cfg, transport.WithDialContext(d.dial))
}

func TestUpgradeUsesTheConnectionOfPreconnect(t *testing.T) {
	for name, takes := range map[string]time.Duration{"that is made": 0, "that is being made": time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &dialed{takes: takes}
				c := memoryClient(t, d)
				ctx, cancel := context.WithCancel(t.Context())
				c.Preconnect(ctx)
				c.Preconnect(ctx) // does nothing
				synctest.Wait()
				require.Len(t, d.conns, 1)
				start := time.Now()
				go refuse(d.conns[0])
				_, err := c.Upgrade(t.Context(), execRequest(), v5)
				require.ErrorIs(t, err, transport.ErrForbidden)
				require.Equal(t, takes, time.Since(start))
				require.Len(t, d.conns, 1)
				cancel()
			})
		})
	}
}

func TestUpgradeConnectsByItselfIfTheConnectionOfPreconnectIsOfNoUse(t *testing.T) {
	for name, spoil := range map[string]func(*dialed, *transport.Client, func()){
		"the server has closed it":           func(d *dialed, _ *transport.Client, _ func()) { d.conns[0].Close() },
		"the server has spoken first":        func(d *dialed, _ *transport.Client, _ func()) { _, _ = d.conns[0].Write([]byte("HTTP/1.1 408")) },
		"it is old":                          func(*dialed, *transport.Client, func()) { time.Sleep(6 * time.Second) },
		"its context has ended":              func(_ *dialed, _ *transport.Client, cancel func()) { cancel() },
		"the client was closed":              func(_ *dialed, c *transport.Client, _ func()) { c.Close() },
		"the client certificate has changed": func(_ *dialed, c *transport.Client, _ func()) { transport.RenewConnections(c) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &dialed{}
				c := memoryClient(t, d)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				c.Preconnect(ctx)
				synctest.Wait()
				require.False(t, isClosed(d.conns[0]))
				spoil(d, c, cancel)
				synctest.Wait()
				upgrading := async(func() error { _, err := c.Upgrade(t.Context(), execRequest(), v5); return err })
				synctest.Wait()
				require.Len(t, d.conns, 2)
				go refuse(d.conns[1])
				require.ErrorIs(t, <-upgrading, transport.ErrForbidden)
				if name != "the server has closed it" {
					require.True(t, isClosed(d.conns[0]))
				}
			})
		})
	}
}

func TestAFailureOfPreconnectIsThatOfTheUpgradeThatWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &dialed{takes: time.Second, err: errors.New("no route")}
		c := memoryClient(t, d)
		c.Preconnect(t.Context())
		synctest.Wait()
		_, err := c.Upgrade(t.Context(), execRequest(), v5)
		require.ErrorContains(t, err, "cannot reach kx.invalid (context \"dev\"")
		require.ErrorContains(t, err, "no route")
		require.Len(t, d.conns, 1)

		c.Preconnect(t.Context())
		time.Sleep(time.Minute) // it has failed
		synctest.Wait()
		d.err = nil
		upgrading := async(func() error { _, err := c.Upgrade(t.Context(), execRequest(), v5); return err })
		synctest.Wait()
		require.Len(t, d.conns, 3)
		go refuse(d.conns[2])
		require.ErrorIs(t, <-upgrading, transport.ErrForbidden)
	})
}

func TestTheEndOfAnUpgradeEndsItsWaitForPreconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &dialed{takes: time.Minute}
		c := memoryClient(t, d)
		c.Preconnect(t.Context())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Upgrade(ctx, execRequest(), v5)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
	}) // ends only when no goroutine is left
}

func TestPreconnectMakesTheConnectionOfOneUpgrade(t *testing.T) {
	ca := newAuthority(t)
	pair, _, _ := ca.issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	for _, scheme := range []string{"", "http", "https", "socks5"} {
		t.Run("by way of "+scheme, func(t *testing.T) {
			var opened, requests atomic.Int32
			cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "HTTP/1.1", r.Proto)
				if requests.Add(1) == 1 {
					w.WriteHeader(http.StatusServiceUnavailable) // closes the connection
					return
				}
				w.WriteHeader(http.StatusForbidden)
			}, serveAs(pair), func(s *httptest.Server) {
				s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateNew {
						opened.Add(1)
					}
				}
			})
			cfg.TLS.CAData = ca.pem
			if scheme != "" {
				p := startProxy(t, &proxyServer{scheme: scheme, tls: &tls.Config{Certificates: []tls.Certificate{pair}}})
				cfg.ProxyURL = p.url(nil)
			}
			c := newClient(t, cfg)
			c.Preconnect(t.Context())
			require.Eventually(t, func() bool { return opened.Load() == 1 }, time.Minute, time.Millisecond)
			require.Zero(t, requests.Load())
			_, err := c.Upgrade(t.Context(), execRequest(), v5)
			require.ErrorIs(t, err, transport.ErrServiceUnavailable)
			require.EqualValues(t, 1, opened.Load())
			_, err = c.Upgrade(t.Context(), execRequest(), v5)
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.EqualValues(t, 2, opened.Load())
		})
	}
}
