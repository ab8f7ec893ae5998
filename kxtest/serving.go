package kxtest

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/pki"
)

// serving is a time during which the server serves requests. Stop ends it, Restart begins another.
type serving struct {
	http     *http.Server
	cancel   context.CancelFunc
	mu       sync.Mutex
	requests sync.WaitGroup
	ended    bool // further requests are refused
}

// Stop ends every request, watch and stream, and resets new connections, until [Server.Restart]. It
// returns when no request is left. Objects, users, faults and containers stay.
func (s *Server) Stop() {
	s.lifecycle.Lock()
	defer s.lifecycle.Unlock()
	s.serving.end()
}

// Restart ends what [Server.Stop] ends, and serves again at the same address, with the same objects
// and their history.
func (s *Server) Restart() {
	s.lifecycle.Lock()
	defer s.lifecycle.Unlock()
	s.serving.end()
	if !s.closed {
		s.serving = s.serveNow()
	}
}

// serveNow begins to serve requests.
func (s *Server) serveNow() *serving {
	ctx, cancel := context.WithCancel(context.Background())
	now := &serving{cancel: cancel}
	now.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !now.begin() {
				panic(http.ErrAbortHandler)
			}
			defer now.requests.Done()
			s.serve(w, r)
		}),
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // tests break handshakes on purpose
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, conn)
		},
		ConnState: s.trackConnection,
		TLSConfig: tlsConfig(s.authority),
	}
	open := s.port.listen()
	// Returns ErrServerClosed after the end.
	s.running.Go(func() { _ = now.http.ServeTLS(open, "", "") })
	return now
}

func tlsConfig(authority *pki.Authority) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{authority.Server},
		ClientAuth:   tls.VerifyClientCertIfGiven,
		ClientCAs:    authority.Pool,
		NextProtos:   []string{"h2", "http/1.1"},
	}
}

// begin counts a request for end to wait for. It returns false if the serving has ended. HTTP/2
// runs requests in goroutines that outlive their connection.
func (n *serving) begin() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended {
		return false
	}
	n.requests.Add(1)
	return true
}

// end ends every request and connection. It returns when no request is left.
func (n *serving) end() {
	n.mu.Lock()
	n.ended = true
	n.mu.Unlock()
	n.cancel()
	_ = n.http.Close() // a listener that does not close leaves nothing to do
	n.requests.Wait()
}
