package kxtest

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/apiserver"
	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
	"github.com/kx-k8s/kx/kxtest/internal/pki"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// Server is an API server with its own store. Its methods are safe for concurrent use.
type Server struct {
	settings settings
	store    *storage.Store
	users    *apiserver.Users
	node     *kubelet.Node
	api      *apiserver.Server
	faults   *faults
	journal  *journal

	address   string // host:port
	authority *pki.Authority
	port      *port
	stop      context.CancelFunc // ends the containers
	running   sync.WaitGroup     // accept loops, connections, containers

	lifecycle sync.Mutex // guards serving and closed
	serving   *serving
	closed    bool
}

// TB is the part of testing.TB that [Start] needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start starts a server and closes it when the test ends. It fails the test if the server does not
// start.
func Start(t TB, options ...Option) *Server {
	t.Helper()
	server, err := New(options...)
	if err != nil {
		t.Fatalf("kxtest: %v", err)
		return nil
	}
	t.Cleanup(server.Close)
	return server
}

// New starts a server on a free port of 127.0.0.1. The caller closes it with Close. New fails if
// there is no port, or if an option is invalid.
func New(options ...Option) (*Server, error) {
	settings := defaultSettings()
	for _, option := range options {
		if err := option(&settings); err != nil {
			return nil, err
		}
	}
	authority, err := pki.Load()
	if err != nil {
		return nil, err
	}
	tcp := settings.listener
	if tcp == nil {
		tcp, err = net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		settings: settings,
		store:    storage.New(),
		users:    apiserver.NewUsers(),
		faults:   &faults{},
		journal:  &journal{},
		address:  tcp.Addr().String(),
		port:     newPort(tcp),
		stop:     stop,

		authority: authority,
	}
	s.node = kubelet.New(s.store, kubelet.Config{
		Images:         settings.images,
		ImageSizes:     settings.imageSizes,
		Programs:       settings.programs,
		IgnoresTargets: settings.ignoresTargets,
		Background:     s.running.Go,
	})
	s.api = &apiserver.Server{
		Store:            s.store,
		Users:            s.users,
		Node:             s.node,
		Address:          s.address,
		Version:          settings.version,
		BookmarkInterval: settings.bookmarks,
		Protocols:        settings.protocols,
	}
	if err := s.seed(); err != nil {
		stop()
		_ = tcp.Close() // the first error matters more
		return nil, err
	}
	s.running.Go(s.port.accept)
	s.serving = s.serveNow()
	s.running.Go(func() { s.node.Run(ctx) })
	return s, nil
}

// Close ends every request, watch, stream and container. It returns when the server has no
// goroutine left.
func (s *Server) Close() {
	s.lifecycle.Lock()
	defer s.lifecycle.Unlock()
	s.closed = true
	s.stop()
	_ = s.port.tcp.Close() // a listener that does not close leaves nothing to do
	s.serving.end()
	s.running.Wait()
}

// URL returns the server's base URL, with its path prefix.
func (s *Server) URL() string { return "https://" + s.address + s.settings.prefix }

// Compact drops the history of all objects. Earlier continue tokens, and lists and watches from an
// earlier resourceVersion, fail with 410.
func (s *Server) Compact() { s.store.Compact() }

// connectionKey is the context key of a request's connection, for faults that break it.
type connectionKey struct{}

func (s *Server) trackConnection(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.running.Done()
	}
}

// serve handles a request: path prefix, journal, faults, then the API.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, s.settings.prefix)
	if !ok || (path != "" && path[0] != '/') {
		api.PageNotFound(w)
		return
	}
	if path == "" {
		path = "/"
	}
	r.URL.Path, r.URL.RawPath = path, strings.TrimPrefix(r.URL.RawPath, s.settings.prefix)
	name := ""
	user := s.users.Authenticate(r, s.store)
	if user != nil {
		name = user.Name
	}
	if !s.journal.record(r, name) {
		return
	}
	s.faults.serveWithFault(w, r, name, s.api.ServeHTTP)
}
