package transport_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
)

// protocols are the HTTP versions that tests run with.
var protocols = map[string]func(*httptest.Server){"HTTP/2": func(*httptest.Server) {}, "HTTP/1.1": http1}

// counter counts the connections that a server accepts.
type counter struct{ atomic.Int32 }

func (c *counter) count(s *httptest.Server) {
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			c.Add(1)
		}
	}
}
