package transport_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func dedicated() *transport.Request {
	req := get()
	req.Dedicated = true
	return req
}

func TestADedicatedRequestHasAConnectionOfItsOwnOverHTTP1(t *testing.T) {
	var opened counter
	var protocols, peers []string
	c := newClient(t, serve(t, func(_ http.ResponseWriter, r *http.Request) {
		protocols, peers = append(protocols, r.Proto), append(peers, r.RemoteAddr)
	}, opened.count))
	for i, step := range []struct {
		sentence   string
		preconnect bool
		req        *transport.Request
		protocol   string
		opened     int
	}{
		{"another request", false, get(), "HTTP/2.0", 1},
		{"a dedicated one", false, dedicated(), "HTTP/1.1", 2},
		{"one after Preconnect", true, dedicated(), "HTTP/1.1", 3},
		{"one more", false, dedicated(), "HTTP/1.1", 4},
		{"another request again", false, get(), "HTTP/2.0", 4},
	} {
		if step.preconnect {
			c.Preconnect(t.Context())
		}
		_, err := c.Fetch(t.Context(), step.req)
		require.NoError(t, err, step.sentence)
		require.Equal(t, step.protocol, protocols[i], step.sentence)
		require.EqualValues(t, step.opened, opened.Load(), step.sentence)
	}
	require.Equal(t, peers[0], peers[4])
}

func TestAForwardingProxyReceivesADedicatedRequestItself(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	proxy := startProxy(t, &proxyServer{scheme: "http",
		names: map[string]string{"api.internal": strings.TrimPrefix(server.URL, "http://")}})
	c := newClient(t, &kubeconfig.Config{Server: "http://api.internal",
		ProxyURL: proxy.url(nil), Source: source})
	_, err := c.Fetch(t.Context(), dedicated())
	require.ErrorIs(t, err, transport.ErrNotFound)
	asked := []string{"GET " + c.Server() + "/api/v1/pods"}
	require.Equal(t, asked, proxy.took())
}

func TestADedicatedRequestIsSentAgainIfItsConnectionIsLostBeforeTheAnswer(t *testing.T) {
	for name, lose := range map[string]func(net.Conn){
		"before the request": func(conn net.Conn) { conn.Close() },
		"within the request": func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)); conn.Close() },
		"after the request":  func(conn net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(conn)); conn.Close() },
		"within the answer's headers": func(conn net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &dialed{}
				c := memoryClient(t, d)
				c.Preconnect(t.Context())
				synctest.Wait()
				go lose(d.conns[0])
				asking := async(func() error { _, err := c.Fetch(t.Context(), dedicated()); return err })
				time.Sleep(10 * time.Second) // for the pause before it
				synctest.Wait()
				require.Len(t, d.conns, 2)
				go refuse(d.conns[1])
				require.ErrorIs(t, <-asking, transport.ErrForbidden)
			})
		})
	}
}
