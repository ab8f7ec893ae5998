// Package apiserver serves the Kubernetes API: authentication, authorization, routes, reads,
// writes, watches, Tables and discovery.
//
// A request becomes a call, which passes through
//
//	Server.ServeHTTP   authenticates, impersonates and authorizes
//	call.route         finds the kind, the subresource and the handler
//	a handler          reads the query and the body, and works on package storage
//	call.write         encodes the response in the form of the Accept header
//
// Requests about containers (exec, attach, portforward, log) go on to package kubelet.
package apiserver

import (
	"net/http"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// Server serves the API from a store. It passes requests about containers on to the node.
type Server struct {
	Store            *storage.Store
	Users            *Users
	Node             *kubelet.Node
	Address          string // host:port
	Version          api.Version
	BookmarkInterval time.Duration // how often a watch with allowWatchBookmarks gets one
	// WebSocket subprotocols of exec and attach, in order of preference.
	Protocols []string
}

// ServeHTTP authenticates, impersonates and authorizes the user of a request, and routes it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(s, r)
	c.user = s.Users.Authenticate(r, s.Store)
	if c.user == nil {
		c.fail(w, api.ErrUnauthorized)
		return
	}
	if err := c.impersonate(); err != nil {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, err)
		return
	}
	if !c.user.May(c.attributes()) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, c.forbidden())
		return
	}
	c.route(w)
}
